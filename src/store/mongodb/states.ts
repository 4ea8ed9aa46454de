import { Binary } from 'mongodb';
import { HarmattanError } from '../../core/errors.ts';
import type { ForecasterState, ForecasterStateStore } from '../store.ts';
import { abreast } from './abreast.ts';
import type { Collections } from './collections.ts';
import type { MongoDatabase } from './database.ts';
import { isDuplicate } from './failure.ts';
import type { MongodbFeed } from './feed.ts';
import type { MongodbPredictions } from './predictions.ts';

const idOf = (placeId: string, source: string): string => `${placeId}/${source}`;

const conflict = ({ placeId, source, version }: ForecasterState) =>
  new HarmattanError('HMT_STORE_CONFLICT', {
    detail: `The forecaster state of ${placeId}, ${source} is not at version ${version - 1}.`,
  });

/**
 * The forecaster's memories, its forecasts and its position in the feed. All versions are compared first; then forecasts
 * are written, which may stand twice, then the memories, which take a reading twice without harm, and the position last.
 */
export function mongodbStates(
  database: MongoDatabase,
  { states, groups }: Pick<Collections, 'states' | 'groups'>,
  feed: MongodbFeed,
  predictions: MongodbPredictions,
): ForecasterStateStore {
  const save = async (state: ForecasterState): Promise<void> => {
    const { placeId, source, model, version, bytes } = state;
    const row = { model, version, bytes: new Binary(bytes) };
    const _id = idOf(placeId, source);
    if (version > 1) {
      const { matchedCount } = await database.run(() => states.replaceOne({ _id, version: version - 1 }, row));
      if (matchedCount !== 1) throw conflict(state);
      return;
    }
    try {
      await database.run(() => states.insertOne({ _id, ...row }));
    } catch (error) {
      throw isDuplicate(error) ? conflict(state) : error;
    }
  };

  return {
    get: async (placeId, source) => {
      const row = await database.run(() => states.findOne({ _id: idOf(placeId, source) }));
      if (!row) return null;
      return { placeId, source, model: row.model, bytes: new Uint8Array(row.bytes.value()), version: row.version };
    },
    commit: async (given, issued, { group, position }, at) => {
      const rows = await database.byIds(
        states,
        given.map(({ placeId, source }) => idOf(placeId, source)),
      );
      for (const [index, state] of given.entries())
        if ((rows[index]?.version ?? 0) !== state.version - 1) throw conflict(state);
      const kept = await predictions.add(issued);
      await abreast(given, save);
      await feed.append({ forecasts: kept }, at);
      await database.upsert(() => groups.replaceOne({ _id: `feed/${group}` }, { position }, { upsert: true }));
    },
    position: async (group) => (await database.run(() => groups.findOne({ _id: `feed/${group}` })))?.position ?? null,
  };
}
