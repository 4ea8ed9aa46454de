import { z } from 'zod';
import { forecastRecord } from '../journal/forecast-record.ts';
import { pollRecord } from '../journal/poll-record.ts';
import { liveAlert } from './alert-contract.ts';
import * as contract from './contract.ts';
import { flatRecordSchema, observationMessageSchema } from './message-schema.ts';
import { predictBody, predictReply } from './original-contract.ts';

/** The schemas that others build on, by the name under `/schemas/`. */
const SCHEMAS = {
  'observation-message': observationMessageSchema,
  'flat-record': flatRecordSchema,
  'forecast-message': forecastRecord,
  'poll-message': pollRecord,
  observation: contract.observation,
  place: contract.place,
  forecast: contract.forecastReply,
  slot: contract.slot,
  status: contract.statusReply,
  message: contract.message,
  'quarantine-entry': contract.quarantineEntry,
  'live-observation': contract.liveObservation,
  'live-forecast': contract.liveForecast,
  'live-slot': contract.slot,
  'live-alert': liveAlert,
  'live-beat': contract.liveBeat,
  'live-reset': contract.liveReset,
  'predict-request': predictBody,
  'predict-reply': predictReply,
  problem: contract.problem,
} as const satisfies Record<string, z.ZodType>;

export type SchemaName = keyof typeof SCHEMAS;

export const SCHEMA_NAMES = Object.keys(SCHEMAS) as readonly SchemaName[];

const made = new Map<string, Record<string, unknown>>();

/** A JSON Schema (2020-12) by its name; `null` for another name. */
export function schemaDocument(name: string): Record<string, unknown> | null {
  if (!Object.hasOwn(SCHEMAS, name)) return null;
  let schema = made.get(name);
  if (!schema) {
    const { $schema, ...rest } = z.toJSONSchema(SCHEMAS[name as SchemaName], { io: 'input', unrepresentable: 'any' });
    schema = { $schema, $id: `/schemas/${name}.json`, title: name, ...rest };
    made.set(name, schema);
  }
  return schema;
}
