import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { HOUR_MS, toRfc3339 } from '../src/core/time.ts';
import { type FakeReceiver, fakeSink, fakeSlack } from '../src/watch/fake-receivers.contract.ts';
import { documentOf, startRun, stopProgram, temporaryFolder, until } from './program.ts';

const T0 = Date.UTC(2026, 6, 1);
const HOURS = 12;
/** Twenty minutes pass in a second: between late and missing lie six, so that a busy machine skips neither. */
const SPEED = '1200';
const PATIENCE_MS = 300_000;
const LAST_BEFORE = 2;
const FIRST_AFTER = 8;
const isMuted = (hour: number) => hour > LAST_BEFORE && hour < FIRST_AFTER;

/** Three stations by the hour, of which Podor is muted for five; it is late after two hours, missing after four. */
function recording(t: TestContext, channels: readonly string[]) {
  const folder = temporaryFolder(t, 'watch');
  const stations = ['Dakar', 'Thies', 'Podor'];
  const rows = stations.map((name, row) => `${name},${14 + row},-17`);
  writeFileSync(join(folder, 'stations.csv'), `file,lat,lon\n${rows.join('\n')}\n`);
  for (const name of stations) {
    const readings = Array.from({ length: HOURS }, (_, hour) => hour)
      .filter((hour) => name !== 'Podor' || !isMuted(hour))
      .map((hour) => `${toRfc3339(T0 + hour * HOUR_MS)},${25 + (hour % 5) / 10}`);
    writeFileSync(join(folder, `${name}.csv`), `time_utc,temp_c\n${readings.join('\n')}\n`);
  }
  const config = join(folder, 'watch.yaml');
  // A busy machine's stalls are hours of this clock: only arrivals at Podor are watched.
  const ignore = 'ignore: [forecast-missing, record-partial]';
  const watch = [
    'watch:',
    '  aliveAt: null',
    '  recoverMinutes: 30',
    '  places:',
    `    podor: {everyMinutes: 120, graceMinutes: 0, ${ignore}}`,
    ...['dakar', 'thies'].map((id) => `    ${id}: {graceMinutes: 1440, ${ignore}}`),
    '  rules: {stage-lag: {enabled: false}, disk-low: {enabled: false}}',
  ];
  writeFileSync(config, `${[...watch, ...channels].join('\n')}\n`);
  const kept = ['--config', config, '--data', join(folder, 'data')];
  return { kept, args: [...kept, '--source', 'replay', '--file', folder, '--speed', SPEED] };
}

interface Told {
  readonly at: string;
  readonly rule: string;
  readonly state: string;
  readonly places: readonly string[];
}
interface Past {
  readonly alerts: readonly Told[];
  readonly sent: readonly Told[];
}

const EXPECTED = ['firing place-late podor', 'firing place-missing podor', 'resolved place-missing podor'];
const lines = (told: readonly Told[]) => told.map(({ state, rule, places }) => `${state} ${rule} ${places.join(' ')}`);
const keysOf = ({ calls }: FakeReceiver) => [
  ...new Set(calls.map(({ headers }) => String(headers['idempotency-key']))),
];

describe('the watch of a program that runs', { concurrency: true }, () => {
  test('tells Slack that a muted place is late, then missing, then resolved', async (t) => {
    const [slack, pings] = await Promise.all([fakeSlack(), fakeSink()]);
    t.after(() => Promise.all([slack.close(), pings.close()]));
    const { kept, args } = recording(t, [
      `slack: {webhookUrl: "${slack.webhookUrl}", language: en}`,
      `heartbeat: {url: "${pings.url}/ping/heartbeat-secret"}`,
    ]);
    const run = await startRun(t, args);
    const texts = () => slack.messages.map(({ text }) => text);
    await until('it is told resolved', () => texts().some((text) => text.includes('Resolved')), PATIENCE_MS);
    assert.equal((await run.stop()).code, 0);
    t.diagnostic(texts().join('\n'));
    const [late, missing, resolved, ...more] = texts();
    assert.deepEqual(more, []);
    assert.match(late ?? '', /Data late: Podor \(1\/3\) since 04:00/);
    assert.match(missing ?? '', /Data missing: Podor \(1\/3\) since 04:00/);
    assert.match(resolved ?? '', /Resolved — Data missing: Podor \(1\/3\), from 04:00 to 08:/);
    const past = await documentOf<Past>(['alerts', 'dry-run', ...kept]);
    assert.deepEqual(lines(past.sent), EXPECTED);
    assert.deepEqual(past.alerts, past.sent);
    assert.ok(pings.calls.length > 10, `${pings.calls.length} heartbeats`);
    assert.doesNotMatch(run.text().err, /heartbeat-secret|secretpart/);
    assert.doesNotMatch(slack.calls.map(({ body }) => body).join(), /heartbeat-secret|secretpart/);
  });

  test('is killed with every message on its way: nobody hears twice, nothing is forgotten', async (t) => {
    const sink = await fakeSink();
    t.after(() => sink.close());
    const { kept, args } = recording(t, [`webhook: {url: "${sink.url}"}`]);
    const isOver = () => sink.calls.some(({ json }) => json.status === 'resolved');
    for (let heard = 0; !isOver(); heard = keysOf(sink).length) {
      const { child } = await startRun(t, args);
      await until('another message comes', () => keysOf(sink).length > heard, PATIENCE_MS);
      await stopProgram(child, 'SIGKILL');
    }
    t.diagnostic(`${sink.calls.length} calls, ${keysOf(sink).length} messages`);
    assert.deepEqual(lines((await documentOf<Past>(['alerts', 'dry-run', ...kept])).sent), EXPECTED);
    assert.equal(keysOf(sink).length, EXPECTED.length);
  });

  test('notices from a process of its own that the one beside it was killed: one message for all that it did', async (t) => {
    const sink = await fakeSink();
    t.after(() => sink.close());
    const env = {
      HARMATTAN_DATA: join(temporaryFolder(t, 'gone'), 'data'),
      HARMATTAN_SOURCE: 'simulator',
      HARMATTAN_HTTP_WORKER_PORT: '0',
      HARMATTAN_WEBHOOK_URL: sink.url,
      HARMATTAN_WATCH_EVERY_SECONDS: '5',
      HARMATTAN_WATCH_GROUP_WAIT_SECONDS: '0',
    };
    // Its half minute of being so is tried on the simulated clock; here every second of waiting is a real one.
    const config = join(temporaryFolder(t, 'gone-config'), 'watch.yaml');
    writeFileSync(config, 'watch: {rules: {watch-gone: {forMinutes: 0}}}\n');
    const first = await startRun(t, ['--only', 'poll,process,forecast,serve'], { env });
    const watching = await startRun(t, ['--only', 'watch', '--config', config], { env });
    await until('both are known to run', async () => {
      const { stages, workers } = (await (await fetch(`${first.url}/api/v1/status`)).json()) as {
        stages: readonly { name: string; lastSuccessAt: string | null }[];
        workers: readonly unknown[];
      };
      return workers.length === 2 && stages.find(({ name }) => name === 'process')?.lastSuccessAt;
    });
    await stopProgram(first.child, 'SIGKILL');
    const killedAt = performance.now();
    const gone = () => sink.calls.filter(({ json }) => json.rule === 'watch-gone');
    await until('it is told', () => gone().length > 0, PATIENCE_MS);
    t.diagnostic(`told after ${Math.round((performance.now() - killedAt) / 1000)} s`);
    const [only, ...more] = gone();
    assert.deepEqual(
      [only?.json.status, only?.json.labels, more.length],
      ['firing', { stage: 'poll, process, forecast' }, 0],
    );
    assert.equal((await watching.stop()).code, 0);
  });
});
