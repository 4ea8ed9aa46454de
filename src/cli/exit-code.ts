import { type ErrorCode, HarmattanError } from '../core/errors.ts';

/** Exit codes that scripts can trust. */
export const EXIT = {
  done: 0,
  /** The answer is "no": a check found something. */
  no: 1,
  /** Wrong use or configuration. */
  wrongUse: 2,
  /** Something we depend on (disk, provider, server) cannot be reached or used. */
  unreachable: 3,
  /** A mistake in the program itself: never to be taken for an answer. */
  defect: 70,
} as const;

const WRONG_USE: readonly string[] = [
  'HMT_CLI_',
  'HMT_CONFIG_',
  'HMT_PLACES_',
  'HMT_FOLDER_',
  'HMT_FORECAST_',
  'HMT_QUARANTINE_',
  'HMT_HTTP_',
  'HMT_TOKEN_',
];
const EXCEPTIONS: Partial<Record<ErrorCode, number>> = {
  HMT_FOLDER_READ_ONLY: EXIT.unreachable,
  HMT_POLL_QUOTA_PLAN: EXIT.wrongUse,
  HMT_POLL_REPLAY_FILE: EXIT.wrongUse,
  HMT_STORE_NEWER: EXIT.wrongUse,
  HMT_JOURNAL_NEWER: EXIT.wrongUse,
  HMT_STORE_BACKUP_INVALID: EXIT.wrongUse,
  HMT_INDEX_NONE: EXIT.wrongUse,
  HMT_FORECAST_NONE: EXIT.no,
  HMT_QUARANTINE_UNKNOWN: EXIT.no,
  HMT_TOKEN_UNKNOWN: EXIT.no,
  HMT_WATCH_ALERT_UNKNOWN: EXIT.no,
  HMT_WATCH_SILENCE_UNKNOWN: EXIT.no,
  HMT_WATCH_SILENCE_INVALID: EXIT.wrongUse,
  HMT_WATCH_CHANNEL_UNKNOWN: EXIT.wrongUse,
};

/** The exit code of a failed command. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof HarmattanError)) return EXIT.defect;
  const exception = EXCEPTIONS[error.code];
  if (exception !== undefined) return exception;
  return WRONG_USE.some((prefix) => error.code.startsWith(prefix)) ? EXIT.wrongUse : EXIT.unreachable;
}
