import type { Context } from '../core/context.ts';
import type { Random } from '../core/random.ts';
import { elasticsearchIndex } from '../index/elasticsearch/elasticsearch-index.ts';
import { type IndexStage, indexStage } from '../index/index-stage.ts';
import type { SearchIndex } from '../index/search-index.ts';
import { commandContext, decodersOf } from './stages.ts';
import type { Workplace } from './workplace.ts';

/** Whether a workplace's readings are copied to a search engine. The demo's never are. */
export const indexes = ({ config, demo }: Pick<Workplace, 'config' | 'demo'>): boolean =>
  config.index.kind !== 'none' && !demo;

/** The configured search engine; `null` without one. */
export function searchIndexOf(workplace: Workplace, random: Random = Math.random): SearchIndex | null {
  const { config, clock } = workplace;
  return indexes(workplace) ? elasticsearchIndex({ ...config.elasticsearch, clock, random }) : null;
}

/** The index stage over a workplace. */
export function indexStageOf(
  workplace: Workplace,
  index: SearchIndex,
  context: Context = commandContext(workplace),
): IndexStage {
  const { journal, store, config } = workplace;
  return indexStage({
    journal,
    store,
    index,
    decode: decodersOf(workplace).observations,
    context,
    options: config.index,
  });
}
