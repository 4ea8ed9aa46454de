import { HarmattanError } from '../../core/errors.ts';
import type { ForecasterState, ForecasterStateStore } from '../store.ts';
import type { Database } from './database.ts';
import type { Dictionary } from './dictionary.ts';
import type { SqliteFeed } from './feed.ts';
import type { SqlitePredictions } from './predictions.ts';

interface StatesOptions {
  readonly db: Database;
  readonly places: Dictionary;
  readonly sources: Dictionary;
  readonly feed: SqliteFeed;
  readonly predictions: SqlitePredictions;
}

/** The forecaster's memories, its forecasts and its position in the feed, saved as one. */
export function sqliteStates({ db, places, sources, feed, predictions }: StatesOptions): ForecasterStateStore {
  const select = db.query<[model: string, version: number, bytes: Uint8Array]>(
    'SELECT model, version, bytes FROM forecaster_states WHERE place = ? AND source = ?',
  );
  const insert = db.statement(
    `INSERT INTO forecaster_states (model, version, bytes, place, source) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const update = db.statement(
    `UPDATE forecaster_states SET model = ?, version = ?, bytes = ? WHERE place = ? AND source = ? AND version = ?`,
  );
  const getPosition = db.query<[string]>('SELECT position FROM feed_positions WHERE name = ?');
  const setPosition = db.statement(
    'INSERT INTO feed_positions (name, position) VALUES (?, ?) ON CONFLICT DO UPDATE SET position = excluded.position',
  );

  const save = ({ placeId, source, model, version, bytes }: ForecasterState) => {
    const key = [places.numberOf(placeId), sources.numberOf(source)] as const;
    const { changes } =
      version === 1
        ? insert.run(model, version, bytes, ...key)
        : update.run(model, version, bytes, ...key, version - 1);
    if (changes !== 1)
      throw new HarmattanError('HMT_STORE_CONFLICT', {
        detail: `The forecaster state of ${placeId}, ${source} is not at version ${version - 1}.`,
      });
  };

  return {
    get: async (placeId, source) =>
      db.read(() => {
        const row = select.get(places.find(placeId), sources.find(source));
        return row ? { placeId, source, model: row[0], bytes: row[2], version: row[1] } : null;
      }),
    commit: async (states, issued, { group, position }, at) => {
      db.write(() => {
        for (const state of states) save(state);
        const kept = issued.filter((prediction) => predictions.add(prediction));
        setPosition.run(group, position);
        feed.append({ forecasts: kept }, at);
      });
      feed.wake();
    },
    position: async (group) => db.read(() => getPosition.get(group)?.[0] ?? null),
  };
}
