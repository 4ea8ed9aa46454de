import { HarmattanError } from '../core/errors.ts';
import type { Scrubber } from '../core/scrub.ts';
import type { UndecodableBody } from './source.ts';

const KEPT_BYTES = 1024 * 1024;

/**
 * A body that its source cannot decode: HMT_POLL_UNDECODABLE with the bytes as they came, secrets scrubbed, cut at
 * 1 MiB. The poller puts them into quarantine.
 */
export class UndecodableError extends HarmattanError implements UndecodableBody {
  readonly body: Uint8Array;

  /** `detail`: what is wrong, in one sentence; it is scrubbed too, because it may quote the body. */
  constructor(detail: string, body: Uint8Array, scrubber: Scrubber) {
    super('HMT_POLL_UNDECODABLE', { detail: scrubber.text(detail) });
    // Scrubbed before the cut: a secret that straddles it would leave its first half.
    this.body = scrubber.bytes(body).slice(0, KEPT_BYTES);
  }
}

/**
 * A body as JSON.
 *
 * @throws UndecodableError when it is not UTF-8 or not JSON
 */
export function parseBody(body: Uint8Array, scrubber: Scrubber): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    // V8's message quotes the text around the mistake, so only the kind of mistake is passed on.
    const kind = cause instanceof SyntaxError ? 'It is not JSON.' : 'It is not UTF-8.';
    throw new UndecodableError(kind, body, scrubber);
  }
}

/** The members of a JSON object; `null` for anything else. */
export function membersOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : null;
}

/** A finite number as it stands in the body; `null` for anything else (`"12"`, `1e999`, `true`). */
export function numberIn(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
