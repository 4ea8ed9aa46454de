import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { HarmattanError } from '../core/errors.ts';
import { silentLogger } from '../core/log.ts';
import { DAY_MS, floorTo, HOUR_MS, type Instant, type ManualClock, MINUTE_MS, manualClock } from '../core/time.ts';
import { observationMessage } from '../journal/flat-record.ts';
import type { Journal } from '../journal/journal.ts';
import { sqliteJournal } from '../journal/sqlite/journal.ts';
import type { Slot, SlotState } from '../ledger/ledger.ts';
import { atmosphere } from '../poll/simulator/weather.ts';
import { sqliteStore } from '../store/sqlite/store.ts';
import type { Arrival, QuarantineEntry, Store } from '../store/store.ts';
import type { Observation } from '../weather/observation.ts';
import { loadPlaces, type Place } from '../weather/place.ts';
import { LEVELS, type Prediction } from '../weather/prediction.ts';
import { noValues } from '../weather/quantity.ts';
import { httpOptions } from './config.ts';
import type { Program, SkillScores } from './program.ts';
import type { ServerInput } from './server.ts';

/** The present of every test of this folder. */
export const NOW: Instant = Date.UTC(2026, 6, 22, 12, 49, 30);
const SLOT_MS = 15 * MINUTE_MS;

export const PLACES: readonly Place[] = loadPlaces(new URL('../../regions/senegal.json', import.meta.url).pathname);

export interface SeededFolder {
  readonly clock: ManualClock;
  readonly journal: Journal;
  readonly store: Store;
  readonly input: ServerInput;
  close(): Promise<void>;
}

export interface SeedOptions {
  /** 0: an empty folder. */
  readonly days?: number;
  readonly nature?: Store['nature'];
  readonly program?: Partial<Program>;
  readonly http?: Record<string, unknown>;
  readonly places?: readonly Place[];
  /** Place ids whose last slots did not come: how many. */
  readonly holes?: Readonly<Record<string, number>>;
}

/** A folder with some days of simulated weather, forecasts, slots in every state, quarantine, and a server's input over it. */
export async function seededFolder(options: SeedOptions = {}): Promise<SeededFolder> {
  const { days = 1, nature = 'live', places = PLACES } = options;
  const folder = mkdtempSync(join(tmpdir(), 'harmattan-serve-'));
  const clock = manualClock(NOW);
  const journal = await sqliteJournal({ folder, clock, logger: silentLogger, watchForeignMs: null });
  const store = sqliteStore({
    folder,
    clock,
    logger: silentLogger,
    nature,
    preference: ['open-meteo'],
    retentionDays: null,
    watchForeignMs: null,
  });
  if (days > 0) await fill(store, journal, places, days, options.holes ?? {});
  const input: ServerInput = {
    journal,
    store,
    places,
    clock,
    logger: silentLogger,
    options: httpOptions.parse({ port: 0, ...options.http }),
    program: programOf(options.program),
  };
  return {
    clock,
    journal,
    store,
    input,
    async close() {
      await journal.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const SCORES: SkillScores = {
  n: 24,
  maeC: 0.6,
  biasC: -0.1,
  rmseC: 0.8,
  crpsC: 0.5,
  coverage50: 0.52,
  coverage80: 0.79,
  coverage90: 0.9,
  persistence: { n: 24, maeC: 1.2, skill: 0.5 },
  yesterday: { n: 0, maeC: null, skill: null },
  maeBandC: { low: 0.5, high: 0.7 },
  coverage80Band: null,
  within1C: 0.8,
  within2C: 0.98,
  references: [{ id: 'persistence', n: 24, maeC: 1.2, forecastMaeC: 0.6, skill: 0.5 }],
  verdict: { verdict: 'better', against: 'persistence', statistic: -3.1, n: 24 },
};

/** What the composition root would say, made up. */
export function programOf(differs: Partial<Program> = {}): Program {
  return {
    version: '0.0.0-test',
    mode: 'live',
    startedAt: NOW - 2 * HOUR_MS,
    notice: null,
    sources: [
      {
        id: 'open-meteo',
        kind: 'analysis',
        attribution: {
          text: 'Weather data by Open-Meteo.com',
          url: 'https://open-meteo.com/',
          licence: 'CC BY 4.0',
        },
        quota: [
          {
            id: 'open-meteo/-/day',
            window: 'day',
            limit: 10_000,
            bounds: (now) => ({ windowAt: floorTo(now, DAY_MS), resetsAt: floorTo(now, DAY_MS) + DAY_MS }),
          },
        ],
      },
    ],
    cadence: { everyMs: SLOT_MS, graceMs: 5 * MINUTE_MS },
    plan: () => '13 places every 15 minutes at open-meteo: 1,248 of 10,000 units a day.',
    nextAttemptAt: () => floorTo(NOW, SLOT_MS) + SLOT_MS,
    reasons: async () => [],
    workers: async () => [],
    stages: async () => [
      { name: 'poll', running: true, lagMessages: null, lagMs: null, lastSuccessAt: NOW - 4 * MINUTE_MS },
      { name: 'process', running: true, lagMessages: 0, lagMs: 0, lastSuccessAt: NOW - 4 * MINUTE_MS },
      { name: 'forecast', running: true, lagMessages: 0, lagMs: 0, lastSuccessAt: NOW - 4 * MINUTE_MS },
    ],
    predict: (body) => {
      const data = (body as { data?: unknown } | null)?.data;
      if (!Array.isArray(data) || data.length === 0) throw new HarmattanError('HMT_FORECAST_INPUT', { field: 'data' });
      return { predictions: [{ timestamp: '2023-07-22 13:00:00', temperature: 31 }] };
    },
    replayQuarantine: async () => ({ replayed: [], left: [] }),
    channels: ['slack'],
    alertsDryRun: async ({ from, to }) => ({
      from: from ?? NOW - HOUR_MS,
      to: to ?? NOW,
      alerts: [],
      sent: [],
      original: [],
      signalsFrom: null,
    }),
    testChannel: async () => ({ state: 'delivered', attempts: 1, code: null }),
    scorecard: async (placeId, days) => ({
      placeId,
      from: NOW - days * DAY_MS,
      to: NOW,
      model: 'pooled-1',
      verifiedBy: 'analysis',
      toleranceMinutes: 10,
      issues: 24,
      tiers: { '24h': 24 },
      experts: [{ leadHours: 1, weights: { pooled: 0.6, hour: 0.4 } }],
      sensor: {
        clock: { aheadHours: 1, foundAt: '2023-07-20T00:00:00Z' },
        doubted: [{ from: '2023-07-19T00:00:00Z', to: '2023-07-19T01:00:00Z', temperatureC: 60 }],
      },
      overall: SCORES,
      byLead: [{ leadHours: 1, ...SCORES }],
      calibration: {
        n: 0,
        pit: [],
        pinball: [],
        intervalScore50C: null,
        intervalScore80C: null,
        intervalScore90C: null,
        width80C: null,
      },
      hourByLead: [{ hour: 13, fromLead: 1, toLead: 3, n: 24, maeC: 0.6, biasC: -0.1 }],
      stability: { n: 0, flipFlopC: null, meanChangeC: null },
    }),
    ...differs,
  };
}

async function fill(
  store: Store,
  journal: Journal,
  places: readonly Place[],
  days: number,
  holes: Readonly<Record<string, number>>,
) {
  const air = atmosphere(7);
  const lastSlot = floorTo(NOW, SLOT_MS);
  const slots = Array.from({ length: days * 96 }, (_, index) => lastSlot - (days * 96 - 1 - index) * SLOT_MS);
  const arrivals: Arrival[] = [];
  const ledger: Slot[] = [];
  for (const [p, place] of places.entries()) {
    for (const [s, slotAt] of slots.entries()) {
      const hole = slots.length - s <= (holes[place.id] ?? 0);
      const state: SlotState = hole ? 'missing' : stateOf(p, s, slots.length);
      const came = state === 'arrived' || state === 'late' || state === 'backfilled';
      const delayMs = state === 'late' ? 9 * MINUTE_MS : state === 'backfilled' ? 3 * HOUR_MS : 40_000;
      ledger.push({
        placeId: place.id,
        slotAt,
        state,
        reason: state === 'missing' ? 'no-answer' : null,
        detail: state === 'missing' ? 'HMT_POLL_TIMEOUT' : null,
        arrivedAt: came ? slotAt + delayMs : null,
        validAt: came ? slotAt : null,
        source: came ? 'open-meteo' : null,
        version: 1,
      });
      if (came)
        arrivals.push({
          observation: reading(air, place, slotAt, slotAt + delayMs),
          partition: 0,
          offset: arrivals.length,
          item: 0,
        });
    }
  }
  const newest = arrivals.filter(({ observation }) => observation.validAt === lastSlot);
  await journal.append(
    'observations',
    newest.map(({ observation }) => {
      const place = places.find(({ id }) => id === observation.placeId);
      assert.ok(place);
      return observationMessage(observation, place, { stale: false, backfill: false });
    }),
  );
  await store.ingest.commit({
    journalId: journal.id,
    group: 'process',
    positions: [{ topic: 'observations', partition: 0, offset: arrivals.length }],
    arrivals,
    slots: ledger,
    quarantined: [quarantined(1), quarantined(2)],
    providerForecasts: [],
    at: NOW,
  });
  await store.quota.reserve([{ id: 'open-meteo/-/day', windowAt: floorTo(NOW, DAY_MS), limit: 10_000 }], 676);
  await issue(store, arrivals);
}

function stateOf(place: number, slot: number, slots: number): SlotState {
  if (slot === slots - 1) return 'arrived';
  if (place === 4 && slot % 96 >= 40 && slot % 96 < 44) return 'missing';
  if (place === 7 && slot % 96 === 20) return 'quarantined';
  if (place === 9 && slot % 96 > 60 && slot % 96 < 66) return 'backfilled';
  if ((place * 31 + slot * 17) % 97 === 0) return 'late';
  return 'arrived';
}

function reading(air: ReturnType<typeof atmosphere>, place: Place, validAt: Instant, receivedAt: Instant): Observation {
  const { conditionId, sunElevationDeg: _, ...exact } = air.at(place, validAt);
  const values = noValues();
  for (const [name, value] of Object.entries(exact) as [keyof typeof exact, number][])
    values[name] = Math.round(value * 10) / 10;
  return {
    placeId: place.id,
    validAt,
    slotAt: validAt,
    receivedAt,
    source: 'open-meteo',
    kind: 'analysis',
    issuedAt: null,
    values: { ...values, uvIndex: null },
    condition: { id: conditionId, description: null, icon: null },
    sunriseAt: floorTo(validAt, DAY_MS) + 6.7 * HOUR_MS,
    sunsetAt: floorTo(validAt, DAY_MS) + 19.6 * HOUR_MS,
    flags: [],
  };
}

const quarantined = (offset: number): QuarantineEntry => ({
  id: `observations/3/${offset}/0`,
  topic: 'observations',
  partition: 3,
  offset,
  item: 0,
  receivedAt: NOW - HOUR_MS,
  code: offset === 1 ? 'HMT_PROCESS_NOT_JSON' : 'HMT_PROCESS_PLACE_UNKNOWN',
  detail: 'It is <b>not</b> JSON.',
  value: Buffer.from(offset === 1 ? [0xff, 0xfe, 0x00] : '[{"region_name":"<script>alert(1)</script>"}]'),
  valueBytes: offset === 1 ? 3 : 45,
  placeId: null,
  slotAt: null,
  source: null,
});

/** One forecast per place and hour of the last day, on the full hours after it. */
async function issue(store: Store, arrivals: readonly Arrival[]): Promise<void> {
  const predictions = arrivals
    .filter(
      ({ observation }) =>
        observation.validAt > NOW - DAY_MS - HOUR_MS && observation.validAt % HOUR_MS === 45 * MINUTE_MS,
    )
    .map(({ observation }): Prediction => {
      const issuedAt = observation.validAt;
      const meanC = Array.from(
        { length: 48 },
        (_, lead) => (observation.values.temperatureC ?? 25) + Math.sin(lead / 4),
      );
      const width = (lead: number) => 0.8 + Math.sqrt(lead + 1) * 0.4;
      return {
        placeId: observation.placeId,
        issuedAt,
        model: 'pooled-1',
        tier: '24h',
        calibration: 'prior',
        source: observation.source,
        validAt: meanC.map((_, lead) => floorTo(issuedAt, HOUR_MS) + (lead + 1) * HOUR_MS),
        meanC,
        quantilesC: meanC.map((mean, lead) => LEVELS.map((level) => mean + (level - 0.5) * 2 * width(lead))),
      };
    });
  await store.states.commit([], predictions, { group: 'forecast', position: '' }, NOW);
}

test('a seeded folder holds a reading and a forecast of every place', async () => {
  const folder = await seededFolder();
  assert.equal((await folder.store.observations.latest(PLACES.map(({ id }) => id))).size, PLACES.length);
  for (const { id } of PLACES) assert.ok(await folder.store.predictions.newest(id));
  await folder.close();
});
