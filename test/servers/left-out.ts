import { ferretdbAvailable } from './ferretdb.ts';
import { kafkaAvailable } from './kafka.ts';
import { opensearchAvailable } from './opensearch.ts';
import { type Availability, skipWithout } from './tools.ts';

const SERVERS: Readonly<Record<string, () => Availability>> = {
  FerretDB: ferretdbAvailable,
  Kafka: kafkaAvailable,
  OpenSearch: opensearchAvailable,
};

/** What of the real servers cannot be started here, one sentence each. With `CI=true` that is an error. */
export function serversLeftOut(): readonly string[] {
  return Object.entries(SERVERS).flatMap(([name, available]) => skipWithout(name, available()) || []);
}
