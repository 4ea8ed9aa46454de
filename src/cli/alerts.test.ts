import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { silentLogger } from '../core/log.ts';
import { HOUR_MS, MINUTE_MS, systemClock, toRfc3339 } from '../core/time.ts';
import { auditLog } from '../serve/audit-log.ts';
import { sqliteStore } from '../store/sqlite/store.ts';
import type { Store } from '../store/store.ts';
import { type FakeReceiver, fakeSink } from '../watch/fake-receivers.contract.ts';
import { play, START_AT } from '../watch/scenario.contract.ts';
import { STATE_KEY, WATCH } from '../watch/watch-records.ts';
import { main } from './main.ts';

const root = mkdtempSync(join(tmpdir(), 'harmattan-cli-'));
const folder = join(root, 'data');
let sink: FakeReceiver;

/** What a command printed, and how it ended. */
interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function harmattan(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<Said> {
  let [out, err] = ['', ''];
  const code = await main(args, {
    async out(text) {
      out += text;
    },
    err(text) {
      err += text;
    },
    bar() {},
    input: Readable.from([]),
    environment,
    workingFolder: root,
    interactive: false,
    signal: new AbortController().signal,
  });
  return { code, out, err };
}

async function command(...args: readonly string[]): Promise<Said> {
  const said = await harmattan([...args, '--data', folder], { HARMATTAN_WEBHOOK_URL: `${sink.url}/hook/secretpart` });
  assert.doesNotMatch(said.out + said.err, /secretpart/, args.join(' '));
  return said;
}

async function document(...args: readonly string[]) {
  const { code, out, err } = await command(...args, '--json');
  assert.equal(code, 0, err);
  return JSON.parse(out);
}

async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const store = sqliteStore({
    folder,
    clock: systemClock,
    logger: silentLogger,
    nature: 'live',
    preference: ['operator', 'open-meteo'],
    retentionDays: null,
    watchForeignMs: null,
  });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** A folder whose watch was killed while Kolda is missing. */
before(async () => {
  sink = await fakeSink();
  assert.equal((await command('alerts', 'list')).code, 0);
  const { state } = play({ comes: (placeId, slotAt) => placeId !== 'kolda' || slotAt < START_AT + 2 * HOUR_MS });
  await withStore((store) =>
    store.documents.commit([{ collection: WATCH, key: STATE_KEY, value: { state, outgoing: [] }, version: 1 }]),
  );
});
after(async () => {
  await sink.close();
  rmSync(root, { recursive: true, force: true });
});

describe('harmattan alerts', () => {
  it('lists what lasts, as lines and as a document, and what is over apart from it', async () => {
    const { items } = await document('alerts', 'list');
    assert.deepEqual(
      items.map(({ rule, state, about }: Record<string, unknown>) => [rule, state, about]),
      [['place-missing', 'firing', ['kolda']]],
    );
    const { code, out, err } = await command('alerts', 'list');
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^\w{4}\tfiring\twarning\tplace-missing\t2026-07-01T02:00:00Z\tkolda\n$/);
    const ended = await command('alerts', 'list', '--ended');
    assert.deepEqual([ended.code, ended.out, ended.err], [0, '', 'No alert has ended.\n']);
  });

  it('takes note of who takes care, in the audit log too, and knows an id that there is not', async () => {
    const [{ id }] = (await document('alerts', 'list')).items;
    const { code, out } = await command('alerts', 'ack', id, '--by', 'awa');
    assert.deepEqual([code, out], [0, `${id} is acknowledged by awa\n`]);
    const [{ state, acknowledged }] = (await document('alerts', 'list')).items;
    assert.deepEqual([state, acknowledged.by], ['acknowledged', 'awa']);
    const [entry] = await withStore((store) => auditLog(store.documents, 1));
    assert.deepEqual([entry?.what, entry?.target, entry?.why], ['alert.acknowledge', id, 'awa']);
    const [line] = (await document('audit', '--limit', '1')).items;
    assert.deepEqual([line.who, line.what, line.target, line.why], ['command', 'alert.acknowledge', id, 'awa']);
    assert.match((await command('audit')).out, new RegExp(`^\\S+Z\\tcommand\\talert\\.acknowledge\\t${id}\\tawa\\n`));
    assert.equal((await command('audit', '--limit', 'many')).code, 2);
    const unknown = await command('alerts', 'ack', 'none');
    assert.deepEqual([unknown.code, unknown.out], [1, '']);
    assert.match(unknown.err, /^HMT_WATCH_ALERT_UNKNOWN: /);
  });

  it('sends a test message to a channel that is configured, and says that another is not', async () => {
    const outcome = await document('alerts', 'test', 'webhook');
    assert.deepEqual([outcome.state, outcome.attempts, outcome.lastError], ['delivered', 1, null]);
    assert.deepEqual([sink.calls.length, sink.calls[0]?.json.event ?? sink.calls[0]?.json.rule], [1, 'test']);
    const missing = await command('alerts', 'test', 'slack');
    assert.equal(missing.code, 2);
    assert.match(missing.err, /^HMT_WATCH_CHANNEL_UNKNOWN: /);
  });

  it('exits with 3 when the channel refuses the test message', async () => {
    sink.moods.push({ do: 'say', status: 400, body: 'no' });
    const { code, out, err } = await command('alerts', 'test', 'webhook');
    assert.deepEqual([code, out], [3, 'not delivered to webhook (1 tried)\n']);
    assert.match(err, /^HMT_WATCH_MESSAGE_REFUSED: /m);
  });

  it('has nothing to try rules on where the watch kept nothing, and refuses a time that is none', async () => {
    const { code, out } = await command('alerts', 'dry-run');
    assert.deepEqual([code, out], [0, 'The watch has not evaluated anything in this folder yet.\n']);
    const wrong = await command('alerts', 'dry-run', '--from', 'yesterday');
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /--from/);
  });

  it('refuses a command and an option that do not exist', async () => {
    assert.equal((await command('alerts', 'shout')).code, 2);
    assert.equal((await command('alerts', 'list', '--loud')).code, 2);
  });
});

describe('harmattan silence', () => {
  const about = ['--places', 'kolda', '--rules', 'place-late,place-missing'];

  it('says before what it matches, makes just that, lists it and ends it', async () => {
    const preview = await document('silence', 'add', ...about, '--dry-run');
    assert.deepEqual(preview.matches.keys, ['place-late/kolda', 'place-missing/kolda']);
    assert.equal(preview.matches.alerts.length, 1);
    assert.deepEqual((await document('silence', 'list')).items, []);

    const made = await document('silence', 'add', ...about, '--hours', '2', '--author', 'awa', '--reason', 'new mast');
    assert.deepEqual(made.matches, preview.matches);
    assert.deepEqual([made.author, made.reason, made.inForce], ['awa', 'new mast', true]);
    assert.equal(Date.parse(made.endsAt) - Date.parse(made.startsAt), 2 * HOUR_MS);
    const listed = await command('silence', 'list');
    assert.match(listed.out, new RegExp(`^${made.id}\t.*\tplace-late place-missing kolda\tawa\tnew mast\n$`));

    const ended = await command('silence', 'end', made.id);
    assert.deepEqual([ended.code, ended.out], [0, `${made.id} is ended\n`]);
    assert.deepEqual((await document('silence', 'list')).items, []);
    assert.equal((await document('silence', 'list', '--all')).items.length, 1);
    const audit = await withStore((store) => auditLog(store.documents, 2));
    assert.deepEqual(
      audit.map(({ what, target, why }) => [what, target, why]),
      [
        ['silence.end', made.id, null],
        ['silence.create', made.id, 'new mast'],
      ],
    );
  });

  it('takes an end as an instant, and a start that is to come', async () => {
    const [from, until] = [30, 90].map((minutes) => toRfc3339(systemClock.now() + minutes * MINUTE_MS)) as [
      string,
      string,
    ];
    const made = await document(
      'silence',
      'add',
      '--from',
      from,
      '--until',
      until,
      '--author',
      'awa',
      '--reason',
      'works',
    );
    assert.deepEqual([made.startsAt, made.endsAt, made.inForce], [from, until, false]);
    await document('silence', 'end', made.id);
  });

  it('exits with 2 without an end, an author or a reason, and with rules or places that do not exist; with 1 for an id that there is not', async () => {
    const good = { hours: '2', author: 'awa', reason: 'works' };
    const add = (differs: Readonly<Record<string, string | null>>) => {
      const flags = Object.entries({ ...good, ...differs }).flatMap(([name, value]) =>
        value === null ? [] : [`--${name}`, value],
      );
      return command('silence', 'add', ...flags);
    };
    for (const differs of [
      { hours: null },
      { hours: '-1' },
      { hours: '2161' },
      { hours: null, until: '2020-01-01T00:00:00Z' },
      { hours: null, until: 'tomorrow' },
      { author: null },
      { reason: null },
      { rules: 'no-rule' },
      { places: 'nowhere' },
    ]) {
      const { code, out, err } = await add(differs);
      assert.deepEqual([code, out], [2, ''], `${JSON.stringify(differs)}: ${err}`);
      assert.match(err, /^HMT_(WATCH_SILENCE_INVALID|CLI_USAGE): /);
    }
    const unknown = await command('silence', 'end', 'none');
    assert.equal(unknown.code, 1);
    assert.match(unknown.err, /^HMT_WATCH_SILENCE_UNKNOWN: /);
    assert.deepEqual((await document('silence', 'list')).items, []);
  });
});

describe('the past of a simulated life', () => {
  it('run through the same rules gives what the report says was told, and through edited ones what they would have', async () => {
    const life = join(root, 'life');
    const run = async (...args: readonly string[]) => {
      const { code, out, err } = await harmattan([...args, '--json', '--data', life], {});
      assert.equal(code, 0, err);
      return JSON.parse(out);
    };
    const report = await run('simulate', '--days', '3', '--seed', '11', '--faults', 'all');
    assert.ok(report.alerts.length > 0);
    const past = await run('alerts', 'dry-run');
    assert.deepEqual(past.alerts, report.alerts);
    assert.deepEqual(past.sent, report.alerts);
    const edited = join(root, 'edited.yaml');
    writeFileSync(edited, 'watch: {rules: {source-missing: {enabled: false}, place-missing: {enabled: false}}}\n');
    const other = await run('alerts', 'dry-run', '--config', edited);
    assert.ok(!other.alerts.some(({ rule }: { rule: string }) => ['source-missing', 'place-missing'].includes(rule)));
    assert.notDeepEqual(other.alerts, other.sent);
    assert.deepEqual(other.sent, report.alerts);
  });
});
