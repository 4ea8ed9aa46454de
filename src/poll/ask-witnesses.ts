import type { Context } from '../core/context.ts';
import { asHarmattanError } from '../core/errors.ts';
import type { Place } from '../weather/place.ts';
import type { Asker } from './asker.ts';
import { batchAsker } from './batch-asker.ts';
import { deadline } from './deadline.ts';
import { FirstTries } from './first-tries.ts';
import type { JournalWriter } from './journal-writer.ts';
import type { SourceOutcome } from './outcome.ts';
import type { RoundRequest } from './run-round.ts';
import type { Source } from './source.ts';

/**
 * Sources that measure at times of their own, where others fill the slots: they are asked in every round for every
 * place, and what they bring fills no slot. Alone, such a source fills the slots itself.
 */
export function witnessesAmong(sources: readonly Source[]): readonly Source[] {
  const witnesses = sources.filter(({ capabilities }) => capabilities.ownTimes && capabilities.kind === 'observation');
  return witnesses.length < sources.length ? witnesses : [];
}

export interface WitnessOptions {
  readonly witnesses: readonly Asker[];
  readonly places: readonly Place[];
  readonly writer: JournalWriter;
  readonly context: Context;
  readonly firstRetryMs: number;
  readonly concurrentCalls: number;
}

const QUICK_ATTEMPTS = 3;

/** Asks every witness once, with its quick tries. Never rejects: what a witness fails to say is no hole. */
export function askWitnesses(options: WitnessOptions, request: RoundRequest): Promise<readonly SourceOutcome[]> {
  return Promise.all(options.witnesses.map((witness) => askOne(witness, options, request)));
}

async function askOne(
  witness: Asker,
  { places, writer, context, firstRetryMs, concurrentCalls }: WitnessOptions,
  { slotAt, deadlineAt, signal }: RoundRequest,
): Promise<SourceOutcome> {
  const undecodable: SourceOutcome['undecodable'][number][] = [];
  const bounded = deadline(context.clock, deadlineAt, signal);
  const bound = { deadlineAt, signal: bounded.signal };
  const source = witness.source.id;
  let readings = 0;
  const ask = batchAsker({
    asker: witness,
    context,
    slotAt,
    ...bound,
    quickAttempts: QUICK_ATTEMPTS,
    firstRetryMs,
    firstTries: new FirstTries(witness.plan.costPerRound),
    concurrentCalls,
    offsetsMs: (calls) => new Array<number>(calls).fill(0),
    async answered({ result }) {
      const beside = result.readings.map(({ observation, stale }) => ({
        observation: { ...observation, slotAt: null },
        stale,
      }));
      await writer.readings(beside, false, bound);
      readings += beside.length;
    },
    failed: (placeId, { code, detail }) =>
      context.logger.debug('A place has no witness', { source, placeId, code, detail }),
    undecodable: (record) => undecodable.push({ ...record, slotAts: [] }),
  });
  try {
    await ask(places);
  } catch (error) {
    const { code, detail } = asHarmattanError(error, 'HMT_JOURNAL_UNAVAILABLE');
    context.logger.warn('Readings beside the slots could not be kept', { source, code, detail });
  } finally {
    bounded.release();
  }
  return { source, ...witness.takeTally(), readings, undecodable };
}
