import { HarmattanError } from '../../core/errors.ts';
import { fromRfc3339, type Instant, MINUTE_MS, toRfc3339 } from '../../core/time.ts';
import { observationMessage } from '../../journal/flat-record.ts';
import { OPERATOR_SOURCE } from '../../weather/observation.ts';
import type { Place } from '../../weather/place.ts';
import { noValues, QUANTITY_NAMES } from '../../weather/quantity.ts';
import { MOST_READINGS, type ReportedReading, reportedReading, reportReply } from '../report-contract.ts';
import { placeParams } from '../request.ts';
import { placeOf, type ServeApp, type Served } from '../served.ts';
import { mayWrite, noteWrite } from '../writers.ts';

/** A sender's clock may be this far ahead of ours. */
const AHEAD_MS = 10 * MINUTE_MS;

/**
 * Takes readings of the operator's own instruments: true observations, journalled like everybody's. Sending one again
 * changes nothing, sending it with other values corrects it.
 */
export function reportRoutes(app: ServeApp, served: Served): void {
  const { journal, clock } = served;
  const schema = {
    tags: ['observations'],
    summary: 'Hands in one reading or several of an instrument at the place (bearer token, scope `observations`)',
    description: `The body is a reading, or an array of at most ${MOST_READINGS}: \`validAt\`, \`temperatureC\`, and any other quantity.`,
    params: placeParams,
    response: { 202: reportReply },
  };
  const onRequest = mayWrite(served, 'observations');
  app.post('/api/v1/places/:id/observations', { schema, onRequest }, async (request, reply) => {
    const place = placeOf(served, request.params.id);
    const now = clock.now();
    const readings = readingsIn(request.body);
    const messages = readings.map((reading, index) =>
      observationMessage(observationOf(reading, fieldOf(index, request.body), place, now), place, {
        stale: false,
        backfill: false,
      }),
    );
    await journal.append('observations', messages);
    await noteWrite(served, request, 'observation.report', place.id, `${messages.length} readings`);
    return reply.code(202).send({ accepted: messages.length });
  });
}

/** @throws HarmattanError HMT_HTTP_BAD_PARAMETER naming the reading and its field */
function readingsIn(body: unknown): readonly ReportedReading[] {
  const given = Array.isArray(body) ? body : [body];
  if (given.length === 0 || given.length > MOST_READINGS)
    throw new HarmattanError('HMT_HTTP_BAD_PARAMETER', {
      field: 'body',
      detail: `It must hold from 1 to ${MOST_READINGS} readings.`,
    });
  return given.map((reading, index) => {
    const parsed = reportedReading.safeParse(reading);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
    const field = [fieldOf(index, body), ...(issue?.path ?? []), ...unknown].filter((step) => step !== '').join('.');
    throw new HarmattanError('HMT_HTTP_BAD_PARAMETER', {
      field: field || 'body',
      detail: `The body field ${field || '(all of it)'} is not allowed: ${issue?.message ?? 'it is wrong'}.`,
    });
  });
}

const fieldOf = (index: number, body: unknown) => (Array.isArray(body) ? String(index) : '');

function observationOf(reading: ReportedReading, where: string, place: Place, now: Instant) {
  const validAt = fromRfc3339(reading.validAt);
  if (validAt === null || validAt > now + AHEAD_MS)
    throw new HarmattanError('HMT_HTTP_BAD_PARAMETER', {
      field: where === '' ? 'validAt' : `${where}.validAt`,
      detail: `It must be an instant, and none that is still to come (it is ${toRfc3339(now)} here).`,
    });
  const values = noValues();
  for (const name of QUANTITY_NAMES) values[name] = reading[name] ?? null;
  return {
    placeId: place.id,
    validAt,
    slotAt: null,
    receivedAt: now,
    source: OPERATOR_SOURCE,
    kind: 'observation' as const,
    issuedAt: null,
    values,
    condition: null,
    sunriseAt: null,
    sunsetAt: null,
    flags: [],
  };
}
