import { type Instant, MINUTE_MS } from '../core/time.ts';
import type { PromMeter } from './meter.ts';
import type { SkillScores } from './program.ts';
import type { Served } from './served.ts';

/** Verifying reads days of rows: often enough for a graph, seldom enough to cost nothing. */
const EVERY_MS = 15 * MINUTE_MS;
const DAYS = 7;
const MOST_PLACES = 20;
const LEADS: readonly number[] = [1, 3, 6, 12, 24, 48];

type Score = 'maeC' | 'biasC' | 'crpsC' | 'coverage50' | 'coverage80';

const readAt = new WeakMap<PromMeter, Instant>();

/** Verified forecast errors as gauges, over the first places, each lead weighted by how many pairs a place has. */
export async function readForecastErrors({ program, places, clock }: Served, meter: PromMeter): Promise<void> {
  const now = clock.now();
  if (Math.abs(now - (readAt.get(meter) ?? Number.NEGATIVE_INFINITY)) < EVERY_MS) return;
  readAt.set(meter, now);
  const byLead = new Map<number, SkillScores[]>();
  for (const { id } of places.slice(0, MOST_PLACES)) {
    const skill = await program.scorecard(id, DAYS);
    for (const { leadHours, ...scores } of skill.byLead)
      if (LEADS.includes(leadHours)) byLead.set(leadHours, [...(byLead.get(leadHours) ?? []), scores]);
  }
  for (const [leadHours, scores] of byLead) showLead(meter, `${leadHours}h`, scores);
}

function showLead(meter: PromMeter, lead: string, scores: readonly SkillScores[]): void {
  const show = (name: string, labels: Readonly<Record<string, string>>, key: Score) => {
    const value = weighted(scores, key);
    if (value !== null) meter.gauge(name, { lead, ...labels }, value);
  };
  show('harmattan_forecast_error_celsius', { measure: 'mae' }, 'maeC');
  show('harmattan_forecast_error_celsius', { measure: 'bias' }, 'biasC');
  show('harmattan_forecast_error_celsius', { measure: 'crps' }, 'crpsC');
  show('harmattan_forecast_coverage_ratio', { band: '50' }, 'coverage50');
  show('harmattan_forecast_coverage_ratio', { band: '80' }, 'coverage80');
}

/** The mean over places, weighted by pairs; `null` where no place has one. */
function weighted(scores: readonly SkillScores[], key: Score): number | null {
  let sum = 0;
  let pairs = 0;
  for (const one of scores) {
    const value = one[key];
    if (value === null) continue;
    sum += value * one.n;
    pairs += one.n;
  }
  return pairs === 0 ? null : sum / pairs;
}
