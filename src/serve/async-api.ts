import { EVENT_TYPES, TOPICS, type Topic } from '../journal/topics.ts';
import type { SchemaName } from './schema-documents.ts';

interface TopicMessage {
  readonly schema: SchemaName;
  readonly summary: string;
  /** What the key of a message is, by which the partition is chosen. */
  readonly key: string;
}

const MESSAGES: Readonly<Record<Topic, TopicMessage>> = {
  observations: {
    schema: 'observation-message',
    key: 'Id of the place; messages of other producers may have another key or none.',
    summary: 'Readings in the original system’s flat form, one place and slot per message.',
  },
  forecasts: {
    schema: 'forecast-message',
    key: 'Id of the place.',
    summary: 'What a provider forecasts for a place, once per model run.',
  },
  polls: {
    schema: 'poll-message',
    key: 'Id of the source.',
    summary: 'How a round of polling went, and what it could not deliver.',
  },
};

/** Of the AsyncAPI bindings for Kafka. */
const KAFKA_BINDING = '0.5.0';

const LIVE: Readonly<Record<string, SchemaName>> = {
  observation: 'live-observation',
  forecast: 'live-forecast',
  slot: 'live-slot',
  alert: 'live-alert',
  beat: 'live-beat',
  reset: 'live-reset',
};

/** The journal's topics and the live events as an AsyncAPI 3.0 document. Payloads are the schemas under `/schemas/`. */
export function asyncApi(version: string): object {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'harmattan',
      version,
      description:
        'The topics of the journal (over Apache Kafka: kafka.topic for the readings, <kafka.topic>.forecasts and <kafka.topic>.polls) and the server-sent events of /api/v1/live. Attributes follow CloudEvents 1.0 in binary mode, as `ce_*` headers.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    channels: {
      ...Object.fromEntries(TOPICS.map((topic) => [topic, topicChannel(topic)])),
      live: liveChannel(),
    },
    operations: {
      ...Object.fromEntries(
        TOPICS.map((topic) => [`receive-${topic}`, { action: 'receive', channel: { $ref: `#/channels/${topic}` } }]),
      ),
      'send-live': { action: 'send', channel: { $ref: '#/channels/live' } },
    },
  };
}

function topicChannel(topic: Topic): object {
  const { schema, summary, key } = MESSAGES[topic];
  return {
    address: topic,
    summary,
    messages: {
      [schema]: {
        name: EVENT_TYPES[topic],
        contentType: 'application/json',
        headers: {
          type: 'object',
          properties: Object.fromEntries(
            ['ce_specversion', 'ce_id', 'ce_source', 'ce_type', 'ce_time'].map((name) => [name, { type: 'string' }]),
          ),
        },
        payload: { $ref: `/schemas/${schema}.json` },
        bindings: { kafka: { key: { type: 'string', description: key }, bindingVersion: KAFKA_BINDING } },
      },
    },
  };
}

function liveChannel(): object {
  return {
    address: '/api/v1/live',
    summary: 'Server-sent events; `id:` is the place to go on from, given back as Last-Event-ID.',
    messages: Object.fromEntries(
      Object.entries(LIVE).map(([name, schema]) => [name, { name, payload: { $ref: `/schemas/${schema}.json` } }]),
    ),
  };
}
