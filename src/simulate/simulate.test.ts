import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { simulatedProgram } from '../app/simulated.ts';
import { type FaultName, parseFaults } from '../poll/simulator/faults.ts';
import { loadPlaces } from '../weather/place.ts';
import type { StartProgram } from './program.ts';
import { SIMULATION_START, simulate, simulatedKey } from './simulate.ts';

const home = fileURLToPath(new URL('../..', import.meta.url));
const places = loadPlaces(join(home, 'regions', 'senegal.json')).slice(0, 4);

async function lived(
  context: TestContext,
  options: { readonly seed?: number; readonly faults?: readonly FaultName[]; readonly start?: StartProgram } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'harmattan-simulate-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const start = options.start ?? simulatedProgram(places, home);
  return simulate({ days: 1, seed: options.seed ?? 7, places, faults: options.faults ?? [], folder, start });
}

test('a day without faults has a fresh reading in every slot, and a key in none of its traces', async (context) => {
  const report = await lived(context);
  assert.equal(report.slotsExpected, 96 * places.length);
  assert.equal(report.slots.arrived, report.slotsExpected);
  assert.deepEqual(report.findings, []);
  assert.ok(report.verified && report.forecasts > 0 && report.observations >= report.slotsExpected);
});

test('a day with every fault is accounted for to the last slot, and the same seed gives the same bytes', async (context) => {
  const faults = parseFaults('all');
  const [one, again, other] = [
    await lived(context, { faults }),
    await lived(context, { faults }),
    await lived(context, { faults, seed: 8 }),
  ];
  assert.equal(JSON.stringify(one), JSON.stringify(again));
  assert.notEqual(one.rowsSha256, other.rowsSha256);
  for (const { holesSilent, quotaOverspent, lost, doubled, secretsLeaked, faultsMet } of [one, other]) {
    assert.deepEqual([holesSilent, quotaOverspent, lost, doubled, secretsLeaked], [0, 0, 0, 0, 0]);
    assert.ok(Object.keys(faultsMet).length > 10);
  }
});

test('a program that prints its key, polls without counting or forgets a slot is caught', async (context) => {
  const start = simulatedProgram(places, home);
  const careless: StartProgram = async (setting) => {
    const program = await start(setting);
    setting.writeLog(`asking with appid=${encodeURIComponent(simulatedKey(7))}\n`);
    const url = `https://api.openweathermap.org/data/2.5/weather?lat=1&lon=1&appid=${encodeURIComponent(simulatedKey(7))}`;
    for (let call = 0; call < 100; call++)
      await setting.transport({ url, headers: {}, timeoutMs: 1000, maxBytes: 100_000 });
    const slots: typeof program.store.slots = {
      ...program.store.slots,
      query: async (query) => {
        const page = await program.store.slots.query(query);
        return { ...page, items: page.items.filter(({ slotAt }) => slotAt !== SIMULATION_START) };
      },
    };
    return { ...program, store: { ...program.store, slots } };
  };
  const report = await lived(context, { start: careless });
  // A hundred calls of ours and the first round of the program in a minute that allows sixty.
  assert.equal(report.quotaOverspent, 100 + places.length - 60);
  assert.equal(report.holesSilent, places.length);
  assert.equal(report.secretsLeaked, 1);
  assert.ok(!JSON.stringify(report).includes(simulatedKey(7)));
});
