import { fetchTransport } from '../poll/fetch.ts';
import { type PollStage, pollStage } from '../poll/poller.ts';
import { configuredSources } from './sources.ts';
import { commandContext } from './stages.ts';
import type { Workplace } from './workplace.ts';

/** The poll stage for a command, over the real network. */
export async function pollStageOf(workplace: Workplace): Promise<PollStage> {
  const { config, places, journal, store } = workplace;
  const sources = await configuredSources(config, workplace.demo);
  return pollStage({
    sources,
    places,
    journal,
    store,
    context: commandContext(workplace),
    transport: fetchTransport(),
    options: config.poll,
    expect: config.expect,
  });
}
