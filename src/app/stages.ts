import { sourcePreference } from '../config/config.ts';
import type { Context } from '../core/context.ts';
import { silentMeter } from '../core/meter.ts';
import { seededRandom } from '../core/random.ts';
import { expectEvery, polledTransition } from '../ledger/expectation.ts';
import { type Decoders, decoders } from '../process/decoders.ts';
import { type ProcessStage, processStage } from '../process/runner.ts';
import type { Workplace } from './workplace.ts';

/** The context of a command's stage: the workplace's clock and log, nothing counted. */
export const commandContext = (workplace: Workplace): Context => ({
  clock: workplace.clock,
  logger: workplace.logger,
  meter: silentMeter,
  // Chance only spreads calls here; a command makes few.
  random: seededRandom(workplace.clock.now()),
});

/** The process stage over a workplace, with the ledger's rules for who is expected to send. */
export function processStageOf(workplace: Workplace, context: Context = commandContext(workplace)): ProcessStage {
  const { config, journal, store, places } = workplace;
  const expectation = expectationOf(workplace);
  return processStage({
    journal,
    store,
    places,
    context,
    options: config.process,
    transition: expectation?.transition ?? polledTransition(config.poll.graceMinutes),
    ...(expectation ? { slotOf: (validAt) => expectation.slotOf(validAt) } : {}),
  });
}

/** What somebody else is expected to send; `null` when nothing is, or where sources of our own are asked. */
export function expectationOf(workplace: Workplace): ReturnType<typeof expectEvery> | null {
  const { everyMinutes } = workplace.config.expect;
  if (everyMinutes === null || workplace.demo || sourcePreference(workplace.config).length > 0) return null;
  return expectEvery(everyMinutes, workplace.config.poll.graceMinutes);
}

/** The process stage's decoders, for the audit that repeats its judgement. */
export function decodersOf(workplace: Workplace): Decoders {
  const expectation = expectationOf(workplace);
  return decoders({
    places: workplace.places,
    options: workplace.config.process,
    ...(expectation ? { slotOf: (validAt) => expectation.slotOf(validAt) } : {}),
  });
}
