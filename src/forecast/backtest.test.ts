import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { HarmattanError } from '../core/errors.ts';
import { seededRandom } from '../core/random.ts';
import { DAY_MS, HOUR_MS, type Instant, toRfc3339 } from '../core/time.ts';
import { LEVELS } from '../weather/prediction.ts';
import { type BacktestInput, type BacktestLine, type BacktestReport, backtest } from './backtest.ts';
import { engineForecaster } from './engine.ts';
import { shippedPrior } from './shipped-prior.ts';

const T0 = Date.UTC(2025, 2, 1);
const folder = mkdtempSync(join(tmpdir(), 'harmattan-backtest-'));
after(() => rmSync(folder, { recursive: true, force: true }));

type Rows = readonly (readonly [validAt: Instant, temperatureC: number])[];

const weather = (hours: number, seed = 1): Rows => {
  const random = seededRandom(seed);
  let swing = 0;
  return Array.from({ length: hours }, (_, hour) => {
    swing = 0.97 * swing + random() - 0.5;
    return [T0 + hour * HOUR_MS, Math.round(100 * (15 + 6 * Math.sin((hour / 12) * Math.PI) + swing)) / 100] as const;
  }).filter(() => random() > 0.05);
};

function stations(all: Readonly<Record<string, Rows>>): string {
  const into = mkdtempSync(join(folder, 'stations-'));
  const names = Object.keys(all);
  writeFileSync(join(into, 'stations.csv'), `file,lat,lon\n${names.map((name) => `${name},14.7,-17.5\n`).join('')}`);
  for (const [name, rows] of Object.entries(all))
    writeFileSync(
      join(into, `${name}.csv`),
      `time_utc,temp_c\n${rows.map(([at, value]) => `${toRfc3339(at)},${value}\n`).join('')}`,
    );
  return into;
}

async function run(input: Partial<BacktestInput> & Pick<BacktestInput, 'stationsFolder'>) {
  const lines: BacktestLine[] = [];
  const report = await backtest({
    everyMs: 7 * HOUR_MS,
    horizonHours: 48,
    forecasterFor: () => engineForecaster(shippedPrior()),
    onIssue: async (line) => void lines.push(line),
    ...input,
  });
  return { lines, report };
}

const said = ({ observed: _, ...rest }: BacktestLine) => JSON.stringify(rest);

test('a line has exactly the fields that other people’s scripts read', async () => {
  const { lines, report } = await run({ stationsFolder: stations({ dakar: weather(100) }) });
  const [line] = lines;
  assert.deepEqual(Object.keys(line ?? {}), [
    'station',
    'issuedAt',
    'tier',
    'leads',
    'mean',
    'levels',
    'quantiles',
    'observed',
  ]);
  assert.equal(line?.station, 'dakar');
  assert.deepEqual(
    line?.leads,
    Array.from({ length: 48 }, (_, index) => index + 1),
  );
  assert.deepEqual(line?.levels, LEVELS);
  assert.equal(line?.quantiles.length, 48);
  for (const levels of line?.quantiles ?? [])
    assert.deepEqual(
      levels,
      [...levels].sort((a, b) => a - b),
    );
  assert.equal(report.issues, lines.length);
});

test('leads count from the issue time, and observed is what came then', async () => {
  const rows = weather(60);
  const { lines } = await run({ stationsFolder: stations({ dakar: rows }), horizonHours: 3 });
  const byTime = new Map(rows);
  for (const { issuedAt, observed } of lines)
    assert.deepEqual(
      observed,
      [1, 2, 3].map((lead) => byTime.get(Date.parse(issuedAt) + lead * HOUR_MS) ?? null),
    );
});

test('changing any value after an issue time changes nothing that was said at it or before', async () => {
  const rows = weather(24 * 14);
  const plain = (await run({ stationsFolder: stations({ dakar: rows }) })).lines;
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: rows.length - 1 }),
      fc.double({ min: -95, max: 65, noNaN: true }),
      fc.boolean(),
      async (from, value, onlyOne) => {
        const changed = rows.map(([at, was], index): readonly [Instant, number] =>
          index === from || (index > from && !onlyOne) ? [at, value] : [at, was],
        );
        const changedAt = rows[from]?.[0] ?? 0;
        const before = (line: BacktestLine) => Date.parse(line.issuedAt) < changedAt;
        const { lines } = await run({ stationsFolder: stations({ dakar: changed }) });
        assert.deepEqual(lines.filter(before).map(said), plain.filter(before).map(said));
      },
    ),
    { numRuns: 15 },
  );
});

test('a reading stamped with the issue time is known, the next one is not', async () => {
  const rows: Rows = [
    [T0, 10],
    [T0 + HOUR_MS, 20],
  ];
  const issues = new Map([['dakar', [T0, T0 + HOUR_MS, T0 + HOUR_MS - 1]]]);
  const { lines } = await run({ stationsFolder: stations({ dakar: rows }), issues });
  assert.deepEqual(
    lines.map(({ issuedAt, mean }) => [issuedAt, Math.round(mean[0] ?? 0)]),
    [
      [toRfc3339(T0), 10],
      [toRfc3339(T0 + HOUR_MS - 1), 10],
      [toRfc3339(T0 + HOUR_MS), 20],
    ],
  );
});

test('no issue comes before a station’s first reading, and from and to limit issues, not the history', async () => {
  const stationsFolder = stations({ dakar: weather(24 * 20) });
  const span = { from: T0 + 10 * DAY_MS, to: T0 + 11 * DAY_MS };
  const early = [T0 - DAY_MS, T0 + DAY_MS];
  const named = await run({ stationsFolder, issues: new Map([['dakar', early]]) });
  assert.deepEqual(
    named.lines.map(({ issuedAt }) => issuedAt),
    [toRfc3339(T0 + DAY_MS)],
  );
  const whole = (await run({ stationsFolder })).lines;
  const cut = (await run({ stationsFolder, ...span })).lines;
  assert.deepEqual(
    cut.map((line) => JSON.stringify(line)),
    whole
      .filter(({ issuedAt }) => Date.parse(issuedAt) >= span.from && Date.parse(issuedAt) < span.to)
      .map((line) => JSON.stringify(line)),
  );
  assert.equal(cut[0]?.tier, '7d');
});

test('with a context each issue has a fresh memory and only that much history', async () => {
  const rows = weather(24 * 20);
  const late = T0 + 15 * DAY_MS;
  const changed = rows.map(([at, value]): readonly [Instant, number] => [at, at <= late - 2 * DAY_MS ? 40 : value]);
  const issues = new Map([['dakar', [late - DAY_MS, late]]]);
  const of = async (which: Rows) =>
    (await run({ stationsFolder: stations({ dakar: which }), issues, contextMs: 2 * DAY_MS })).lines.at(-1);
  const [one, other] = [await of(rows), await of(changed)];
  assert.equal(JSON.stringify(one), JSON.stringify(other));
  assert.equal(one?.tier, '24h');
  const alone = (
    await run({
      stationsFolder: stations({ dakar: rows }),
      issues: new Map([['dakar', [late]]]),
      contextMs: 2 * DAY_MS,
    })
  ).lines;
  assert.equal(JSON.stringify(alone[0]), JSON.stringify(one));
});

test('an issue whose context has no reading is counted, not invented', async () => {
  const rows: Rows = [
    [T0, 10],
    [T0 + 10 * DAY_MS, 12],
  ];
  const issues = new Map([['dakar', [T0 + 5 * DAY_MS, T0 + 10 * DAY_MS]]]);
  const { lines, report } = await run({ stationsFolder: stations({ dakar: rows }), issues, contextMs: DAY_MS });
  assert.deepEqual([lines.length, report.issues, report.withoutReading], [1, 1, 1]);
});

test('only the stations that are asked for are read; unknown ones are refused', async () => {
  const stationsFolder = stations({ dakar: weather(50), thies: weather(50, 2) });
  rmSync(join(stationsFolder, 'thies.csv'));
  const { lines } = await run({ stationsFolder, only: ['dakar'] });
  assert.ok(lines.length > 0 && lines.every(({ station }) => station === 'dakar'));
  const isFileError = (error: unknown) => error instanceof HarmattanError && error.code === 'HMT_CLI_FILE';
  await assert.rejects(run({ stationsFolder }), isFileError);
  await assert.rejects(run({ stationsFolder, only: ['bakel'] }), isFileError);
  await assert.rejects(run({ stationsFolder, issues: new Map([['bakel', [T0]]]) }), isFileError);
});

test('the report scores each station and all of them, beside persistence and the day before', async () => {
  const { report, lines } = await run({
    stationsFolder: stations({ dakar: weather(24 * 30), thies: weather(24 * 30, 7) }),
  });
  const [dakar, thies] = report.stations;
  assert.equal(report.overall.n, (dakar?.n ?? 0) + (thies?.n ?? 0));
  const ofFirst = lines.filter(({ station, observed }) => station === 'dakar' && observed[0] !== null);
  const mae =
    ofFirst.reduce((sum, { mean, observed }) => sum + Math.abs((mean[0] ?? 0) - (observed[0] ?? 0)), 0) /
    ofFirst.length;
  assert.ok(Math.abs((dakar?.byLead[0]?.maeC ?? 0) - mae) < 1e-3);
  assert.deepEqual(
    dakar?.byLead.map(({ leadHours }) => leadHours),
    [1, 2, 3, 6, 9, 12, 18, 24, 30, 36, 42, 48],
  );
  assert.ok((dakar?.persistence.skill ?? 0) > 0);
});

const MEASURED = fileURLToPath(new URL('../../../shared/data/hourly', import.meta.url));
const skip = existsSync(join(MEASURED, 'stations.csv')) ? false : 'the measured stations are not here';

test('on measured stations it beats persistence from +6 to +18 h, and its 80 % bands hold', { skip }, async () => {
  const { report } = await run({
    stationsFolder: MEASURED,
    only: ['de-freiburg', 'cn-guangzhou', 'sn-saint-louis-purpleair'],
    everyMs: 13 * HOUR_MS,
  });
  for (const { station, byLead, coverage80 } of report.stations) {
    for (const lead of [6, 9, 12, 18]) {
      const skill = byLead.find(({ leadHours }) => leadHours === lead)?.persistence.skill ?? 0;
      assert.ok(skill > 0.3, `${station} +${lead} h: skill ${skill}`);
    }
    for (const { leadHours, coverage80: covered } of byLead)
      assert.ok((covered ?? 0) > 0.7 && (covered ?? 0) < 0.9, `${station} +${leadHours} h covers ${covered}`);
    assert.ok((coverage80 ?? 0) > 0.75 && (coverage80 ?? 0) < 0.85, `${station} covers ${coverage80}`);
  }
});

test('on a measured station, too, nothing that comes later changes what was said', { skip }, async () => {
  const at = Date.UTC(2018, 5, 1);
  const input = { stationsFolder: MEASURED, only: ['kr-seoul'], from: at - 3 * DAY_MS, to: at + 1 };
  const whole = await run(input);
  const { readStation, listStations } = await import('./station-history.ts');
  const [entry] = listStations(MEASURED, ['kr-seoul']);
  assert.ok(entry);
  const station = await readStation(MEASURED, entry);
  const rows = [...station.validAt].flatMap(
    (validAt, index): Rows => (validAt <= at ? [[validAt, station.temperatureC[index] ?? 0]] : [[validAt, 0]]),
  );
  const stationsFolder = stations({ 'kr-seoul': rows });
  writeFileSync(join(stationsFolder, 'stations.csv'), `file,lat,lon\nkr-seoul,${entry.latitude},${entry.longitude}\n`);
  const changed = await run({ ...input, stationsFolder });
  assert.ok(whole.lines.length > 5);
  assert.deepEqual(changed.lines.map(said), whole.lines.map(said));
});

test('a report can be written as JSON', async () => {
  const { report } = await run({ stationsFolder: stations({ dakar: weather(30) }) });
  assert.deepEqual(JSON.parse(JSON.stringify(report)) as BacktestReport, report);
});
