import pino from 'pino';
import type { LogFields, Logger } from '../core/log.ts';
import type { Clock } from '../core/time.ts';

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** `lines` for people, `json` with ECS field names for machines. */
  readonly format: 'lines' | 'json';
  /** Takes configured secrets out of a finished line. */
  readonly scrub: (line: string) => string;
  readonly write: (line: string) => void;
  readonly clock: Clock;
}

/** The program's log: every line goes through the scrubber, whatever it is made of (invariant 5). */
export function programLog(options: LogOptions): Logger {
  const root = pino(
    {
      level: options.level,
      base: { 'service.name': 'harmattan', 'ecs.version': '8.11.0' },
      messageKey: 'message',
      timestamp: () => `,"@timestamp":"${new Date(options.clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ 'log.level': label }) },
    },
    { write: (line: string) => options.write(options.scrub(options.format === 'json' ? line : forPeople(line))) },
  );
  return wrap(root);
}

function wrap(log: pino.Logger): Logger {
  return {
    debug: (message, fields) => log.debug(fields ?? {}, message),
    info: (message, fields) => log.info(fields ?? {}, message),
    warn: (message, fields) => log.warn(fields ?? {}, message),
    error: (message, fields) => log.error(fields ?? {}, message),
    child: (fields: LogFields) => wrap(log.child(fields)),
  };
}

const HIDDEN = new Set(['@timestamp', 'log.level', 'message', 'service.name', 'ecs.version']);

/** `12:45:03 warn  The provider did not answer in time. source=open-meteo`. */
function forPeople(line: string): string {
  const record = JSON.parse(line) as Record<string, unknown>;
  const facts = Object.entries(record)
    .filter(([name]) => !HIDDEN.has(name))
    .map(([name, value]) => ` ${name}=${value}`)
    .join('');
  return `${String(record['@timestamp']).slice(11, 19)} ${String(record['log.level']).padEnd(5)} ${record.message}${facts}\n`;
}
