import { type ErrorCode, HarmattanError } from '../../core/errors.ts';
import { isTlsFailure } from '../../core/tls-failure.ts';

/** What a client was doing, for the sentence: `appending to openweathermap at kafka:9092`. */
export type Undertaking = string;

const BY_PROTOCOL: Readonly<Record<string, ErrorCode>> = {
  SASL_AUTHENTICATION_FAILED: 'HMT_JOURNAL_LOGIN_REFUSED',
  UNSUPPORTED_SASL_MECHANISM: 'HMT_JOURNAL_LOGIN_REFUSED',
  ILLEGAL_SASL_STATE: 'HMT_JOURNAL_LOGIN_REFUSED',
  TOPIC_AUTHORIZATION_FAILED: 'HMT_JOURNAL_FORBIDDEN',
  GROUP_AUTHORIZATION_FAILED: 'HMT_JOURNAL_FORBIDDEN',
  CLUSTER_AUTHORIZATION_FAILED: 'HMT_JOURNAL_FORBIDDEN',
  MESSAGE_TOO_LARGE: 'HMT_JOURNAL_TOO_LARGE',
  RECORD_LIST_TOO_LARGE: 'HMT_JOURNAL_TOO_LARGE',
  UNKNOWN_TOPIC_OR_PARTITION: 'HMT_JOURNAL_TOPIC_ABSENT',
  INVALID_TOPIC_EXCEPTION: 'HMT_JOURNAL_TOPIC_REFUSED',
  INVALID_REPLICATION_FACTOR: 'HMT_JOURNAL_TOPIC_REFUSED',
  INVALID_PARTITIONS: 'HMT_JOURNAL_TOPIC_REFUSED',
  INVALID_CONFIG: 'HMT_JOURNAL_TOPIC_REFUSED',
  POLICY_VIOLATION: 'HMT_JOURNAL_TOPIC_REFUSED',
  NON_EMPTY_GROUP: 'HMT_JOURNAL_GROUP_ACTIVE',
  KAFKA_STORAGE_ERROR: 'HMT_JOURNAL_FULL',
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

/** An error of the client library as one of ours; the code says what the reader can do about it. */
export function kafkaFailure(error: unknown, undertaking: Undertaking): HarmattanError {
  if (error instanceof HarmattanError) return error;
  const causes = chainOf(error);
  const protocol = causes.find((one) => one.apiId !== undefined && one.apiId in BY_PROTOCOL);
  const byProtocol = BY_PROTOCOL[protocol?.apiId ?? ''];
  if (byProtocol) {
    const words = byProtocol === 'HMT_JOURNAL_TOPIC_REFUSED' ? protocol?.serverErrorMessage : null;
    const detail = words ? `${words.replace(/\.?$/, '')}, while ${undertaking}.` : `It came up while ${undertaking}.`;
    return new HarmattanError(byProtocol, { detail, cause: error });
  }
  if (causes.some((one) => one.code === 'PLT_KFK_AUTHENTICATION' || /SASL|authenticat/i.test(one.message)))
    return new HarmattanError('HMT_JOURNAL_LOGIN_REFUSED', {
      detail: `It came up while ${undertaking}.`,
      cause: error,
    });
  const tls = causes.find((one) => isTlsFailure(one.code));
  if (tls)
    return new HarmattanError('HMT_JOURNAL_TLS', {
      detail: `${tls.message.split('\n')[0]?.replace(/\.?$/, '')}, while ${undertaking}.`,
      cause: error,
    });
  const reason = causes.map((one) => IN_WORDS[one.code ?? '']).find((words) => words !== undefined);
  return new HarmattanError('HMT_JOURNAL_UNREACHABLE', {
    detail: `It came up while ${undertaking}: ${reason ?? lastWords(causes)}.`,
    cause: error,
  });
}

/** Whether the brokers' answer holds this protocol error. */
export const says = (error: unknown, apiId: string): boolean => chainOf(error).some((one) => one.apiId === apiId);

/** The brokers' answer that an error is about; `undefined` when none came. */
export const answerIn = (error: unknown): unknown =>
  chainOf(error).findLast((one) => one.response !== undefined)?.response;

interface Cause {
  readonly message: string;
  readonly code?: string;
  readonly apiId?: string;
  readonly serverErrorMessage?: string | null;
  readonly response?: unknown;
}

/** The error, what it gathers and what caused it, depth first. */
function chainOf(error: unknown, depth = 0): readonly Cause[] {
  if (typeof error !== 'object' || error === null || depth > 6) return [];
  const { errors, cause } = error as { errors?: readonly unknown[]; cause?: unknown };
  return [error as Cause, ...(errors ?? []).flatMap((one) => chainOf(one, depth + 1)), ...chainOf(cause, depth + 1)];
}

function lastWords(causes: readonly Cause[]): string {
  const deepest = causes.at(-1)?.message ?? 'no reason was given';
  return deepest.split('\n')[0]?.replace(/\.$/, '') ?? deepest;
}
