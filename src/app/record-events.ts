import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { LogFields, Logger } from '../core/log.ts';
import { scrubber } from '../core/scrub.ts';
import type { Clock } from '../core/time.ts';
import type { EventLevel, EventLog, ProgramEvent } from '../store/event-log.ts';

export interface RecordOptions {
  readonly logger: Logger;
  readonly log: EventLog;
  readonly clock: Clock;
  /** Taken out of every line, as the program's log does with what it prints. */
  readonly secrets: readonly string[];
}

/** Lines that wait for the store; what comes beyond is counted and left out. */
const MOST_WAITING = 2_000;

/**
 * A logger that also keeps every line but those of `debug` as an event, whatever level is printed: what the program did
 * can be looked up later, by place and stage. A store that cannot take a line costs the line, and nothing else.
 */
export function recordEvents({ logger, log, clock, secrets }: RecordOptions): Logger {
  const scrub = scrubber(secrets);
  let waiting: ProgramEvent[] = [];
  let dropped = 0;
  let writing = false;

  const write = async () => {
    writing = true;
    // One transaction for all lines of this turn of the loop.
    await turnOfTheLoop();
    while (waiting.length > 0) {
      const events = waiting;
      waiting = [];
      if (dropped > 0) events.push(leftOut(clock, dropped));
      dropped = 0;
      await log.append(events).catch((error: unknown) => {
        logger.warn('What the program did could not be kept.', { events: events.length, reason: String(error) });
      });
    }
    writing = false;
  };
  const record = (level: EventLevel, message: string, fields: LogFields) => {
    if (waiting.length >= MOST_WAITING) dropped++;
    else waiting.push(eventOf(clock, level, scrub.text(message), fields, scrub.text));
    if (!writing) void write();
  };
  return recording(logger, {}, record);
}

type Record = (level: EventLevel, message: string, fields: LogFields) => void;

function recording(logger: Logger, known: LogFields, record: Record): Logger {
  const both = (level: EventLevel) => (message: string, fields?: LogFields) => {
    logger[level](message, fields);
    record(level, message, { ...known, ...fields });
  };
  return {
    debug: logger.debug.bind(logger),
    info: both('info'),
    warn: both('warn'),
    error: both('error'),
    child: (fields) => recording(logger.child(fields), { ...known, ...fields }, record),
  };
}

function eventOf(
  clock: Clock,
  level: EventLevel,
  message: string,
  { stage, code, placeId, ...others }: LogFields,
  scrub: (text: string) => string,
): ProgramEvent {
  const fields = Object.entries(others).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, typeof value === 'string' ? scrub(value) : value] as const],
  );
  const text = (value: LogFields[string]) => (typeof value === 'string' ? value : null);
  return {
    at: clock.now(),
    stage: text(stage) ?? '',
    level,
    message,
    code: text(code),
    placeId: text(placeId),
    fields: Object.fromEntries(fields),
  };
}

const leftOut = (clock: Clock, events: number): ProgramEvent =>
  eventOf(clock, 'warn', 'Events came faster than they could be kept; some are left out.', { events }, (text) => text);
