/** What a log line may carry next to its sentence: flat, JSON-safe facts. Secrets are redacted by the sink (invariant 5). */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Where the program says what it does. One sentence per line; facts go into `fields`, never into the sentence. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` (a stage's name, a source) to every line. */
  child(fields: LogFields): Logger;
}

/** Says nothing: for tests and for commands whose only output is their answer. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};
