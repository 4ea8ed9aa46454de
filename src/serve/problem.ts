import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyReply } from 'fastify';
import { ERRORS, type ErrorCode, HarmattanError } from '../core/errors.ts';
import type { Problem } from './contract.ts';

export const PROBLEM_TYPE = 'application/problem+json';

/** The HTTP status of every code that a request can meet; a code that is not here is the program's own trouble: 503 or 500. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  HMT_HTTP_BAD_PARAMETER: 400,
  HMT_HTTP_BAD_REQUEST: 400,
  HMT_HTTP_UNAUTHORISED: 401,
  HMT_HTTP_FORBIDDEN: 403,
  HMT_HTTP_NOT_FOUND: 404,
  HMT_HTTP_METHOD: 405,
  HMT_HTTP_BODY_TOO_LARGE: 413,
  HMT_HTTP_MEDIA_TYPE: 415,
  HMT_HTTP_RATE_LIMITED: 429,
  HMT_HTTP_INTERNAL: 500,
  HMT_HTTP_BUSY: 503,
  HMT_HTTP_NOT_READY: 503,
  HMT_HTTP_SIMULATED: 503,
  HMT_FORECAST_INPUT: 422,
  HMT_FORECAST_NONE: 404,
  HMT_PLACES_UNKNOWN: 404,
  HMT_QUARANTINE_UNKNOWN: 404,
  HMT_WATCH_ALERT_UNKNOWN: 404,
  HMT_WATCH_CHANNEL_UNKNOWN: 404,
  HMT_WATCH_SILENCE_UNKNOWN: 404,
  HMT_WATCH_SILENCE_INVALID: 422,
  HMT_WATCH_DRY_RUN_TOO_LONG: 422,
};

/** The status of one of our errors. */
export const statusOf = (code: ErrorCode): number => STATUS[code] ?? (ERRORS[code].retryable ? 503 : 500);

/** An error as RFC 9457 has it. `status` overrides the code's own where HTTP knows better (408, 431). */
export function problemOf(error: HarmattanError, status = statusOf(error.code)): Problem {
  return {
    type: `urn:harmattan:error:${error.code}`,
    title: ERRORS[error.code].meaning,
    status,
    code: error.code,
    detail: error.detail ?? error.cure,
    ...(error.field === null ? {} : { field: error.field }),
    cure: error.cure,
  };
}

/**
 * Whatever was thrown while answering, as one of ours. What is not a caller's mistake becomes HMT_HTTP_INTERNAL without
 * its text: a stack or a path never leaves the program.
 */
export function asRequestError(thrown: unknown): HarmattanError {
  if (thrown instanceof HarmattanError) return thrown;
  const error = thrown as Partial<FastifyError>;
  if (error.validation) return validationError(error as FastifyError);
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new HarmattanError('HMT_HTTP_BODY_TOO_LARGE', { field: 'body', cause: thrown });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new HarmattanError('HMT_HTTP_MEDIA_TYPE', { field: 'content-type', cause: thrown });
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return badBody('It is not JSON.');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return badBody('It is not as long as Content-Length says.');
    case 'FST_ERR_BAD_URL':
      return new HarmattanError('HMT_HTTP_BAD_PARAMETER', { field: 'path', detail: 'The path is not valid UTF-8.' });
    case 'FST_ERR_ASYNC_CONSTRAINT':
      return new HarmattanError('HMT_HTTP_NOT_FOUND');
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new HarmattanError('HMT_HTTP_BAD_PARAMETER', { field: 'path', detail: 'A part of the path is too long.' });
    default:
      break;
  }
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500)
    return new HarmattanError('HMT_HTTP_BAD_REQUEST', { detail: STATUS_CODES[error.statusCode] ?? '', cause: thrown });
  return new HarmattanError('HMT_HTTP_INTERNAL', { cause: thrown });
}

const badBody = (detail: string) => new HarmattanError('HMT_HTTP_BAD_PARAMETER', { field: 'body', detail });

/** The first thing that a zod schema found wrong, with the field as the caller knows it. */
function validationError(error: FastifyError): HarmattanError {
  const [first] = error.validation ?? [];
  const path = (first?.instancePath ?? '').split('/').filter((step) => step !== '');
  const unknown = (first?.params as { keys?: readonly string[] } | undefined)?.keys?.[0];
  const field = [...path, ...(unknown === undefined ? [] : [unknown])].join('.');
  const place = error.validationContext === 'querystring' ? 'query' : (error.validationContext ?? 'request');
  const detail = `The ${place} field ${field || '(all of it)'} is not allowed: ${first?.message ?? 'it is wrong'}.`;
  return new HarmattanError('HMT_HTTP_BAD_PARAMETER', { field: field || place, detail });
}

/** Sends an error as problem+json, with Retry-After where it is known. Never cached. */
export function sendProblem(reply: FastifyReply, error: HarmattanError, status?: number): FastifyReply {
  if (error.retryAfterMs !== null) reply.header('retry-after', Math.max(1, Math.ceil(error.retryAfterMs / 1000)));
  const problem = problemOf(error, status);
  return reply
    .code(problem.status)
    .header('cache-control', 'no-store')
    .header('content-type', PROBLEM_TYPE)
    .serializer(JSON.stringify)
    .send(problem);
}
