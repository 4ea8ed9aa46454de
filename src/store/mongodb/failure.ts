import { type MongoBulkWriteError, MongoError, MongoNetworkError, MongoServerSelectionError } from 'mongodb';
import { type ErrorCode, HarmattanError } from '../../core/errors.ts';
import { isTlsFailure } from '../../core/tls-failure.ts';

/** The server's answer to a key that is taken. */
const DUPLICATE_KEY = 11_000;
/** The server's answer for a cursor that it has forgotten. */
const CURSOR_NOT_FOUND = 43;

const BY_SERVER: Readonly<Record<number, ErrorCode>> = {
  13: 'HMT_STORE_FORBIDDEN',
  18: 'HMT_STORE_LOGIN_REFUSED',
  8000: 'HMT_STORE_LOGIN_REFUSED',
  14031: 'HMT_STORE_FULL',
};

/** Network failures in words that say what to look at. */
const IN_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'no machine has that name',
  EAI_AGAIN: 'the name cannot be resolved',
  ETIMEDOUT: 'no answer came',
  ECONNRESET: 'the connection was cut, as it is where one side speaks TLS and the other does not',
  EHOSTUNREACH: 'no way leads there',
  ENETUNREACH: 'no way leads there',
};

interface Cause {
  readonly name?: string;
  readonly message: string;
  readonly code?: unknown;
}

const says = (error: unknown, code: number): boolean =>
  (error as Cause).code === code || ((error as { cause?: Cause }).cause?.code ?? null) === code;

/** Whether the key that was to be new is there already. */
export const isDuplicate = (error: unknown): boolean => says(error, DUPLICATE_KEY);

/** Whether the server has forgotten a question that was half answered. */
export const hasLostCursor = (error: unknown): boolean => says(error, CURSOR_NOT_FOUND);

/** Which documents of an insert are there already; `null` when it failed for any other reason. */
export function refusedDocuments(error: unknown): ReadonlySet<number> | null {
  const cause = (error as { cause?: unknown }).cause as MongoBulkWriteError | undefined;
  const errors = [cause?.writeErrors ?? []].flat();
  if (errors.length === 0 || !errors.every((one) => isDuplicate(one))) return null;
  return new Set(errors.map(({ index }) => index));
}

/**
 * An error of the driver as one of ours; the code says what the reader can do about it. Others pass as they are. `where`:
 * the servers, as the reader named them.
 */
export function mongodbFailure(error: unknown, where: string): unknown {
  if (error instanceof HarmattanError || !(error instanceof MongoError)) return error;
  const causes = chainOf(error);
  const byServer = causes.map(({ code }) => BY_SERVER[Number(code)]).find((code) => code !== undefined);
  if (byServer)
    return new HarmattanError(byServer, { detail: `It came up at ${where}: ${lastWords(causes)}`, cause: error });
  const tls = causes.find(({ code }) => isTlsFailure(code));
  if (tls)
    return new HarmattanError('HMT_STORE_TLS', {
      detail: `It came up at ${where}: ${sentence(tls.message)}`,
      cause: error,
    });
  if (error instanceof MongoNetworkError || error instanceof MongoServerSelectionError || isLost(error)) {
    const words = causes.map(({ code }) => IN_WORDS[String(code)]).find((one) => one !== undefined);
    return new HarmattanError('HMT_STORE_UNREACHABLE', {
      detail: `It came up at ${where}: ${words ? `${words}.` : lastWords(causes)}`,
      cause: error,
    });
  }
  return new HarmattanError('HMT_STORE_UNAVAILABLE', { detail: lastWords(causes), cause: error });
}

/** The connection went while the driver was at work, or the client was closed under it. */
const isLost = (error: MongoError): boolean =>
  /^Mongo(NotConnected|PoolCleared|PoolClosed|TopologyClosed|ClientClosed|OperationTimeout|ExpiredSession|ServerClosed)/.test(
    error.name,
  ) || error.hasErrorLabel('RetryableWriteError');

/** The error and what caused it, depth first; a server that could not be chosen holds why in its description. */
function chainOf(error: unknown, depth = 0): readonly Cause[] {
  if (typeof error !== 'object' || error === null || depth > 6) return [];
  const { cause, reason } = error as {
    cause?: unknown;
    reason?: { servers?: ReadonlyMap<string, { error?: unknown }> };
  };
  const servers = [...(reason?.servers?.values() ?? [])].flatMap((server) => chainOf(server.error, depth + 1));
  return [error as Cause, ...servers, ...chainOf(cause, depth + 1)];
}

const sentence = (text: string): string => `${text.split('\n')[0]?.replace(/\.$/, '')}.`;

const lastWords = (causes: readonly Cause[]): string => sentence(causes.at(-1)?.message ?? 'No reason was given');
