import type { ErrorCode } from '../core/errors.ts';

/** Why some bytes or an item cannot be used. */
export interface Refusal {
  readonly code: ErrorCode;
  /** One sentence: what exactly is wrong. */
  readonly detail: string;
}

export type Parsed = { readonly ok: true; readonly value: unknown } | ({ readonly ok: false } & Refusal);

/** Fatal: bytes that are not UTF-8 are refused, not replaced. A byte order mark at the start is dropped. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Bytes as a JSON value. Never throws. A byte order mark and any line ends are tolerated; of a key that is given twice
 * the last counts. Nesting is measured before anything is built, so that a hostile record costs no more than its length.
 */
export function parseRecord(bytes: Uint8Array, maxDepth: number): Parsed {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { ok: false, code: 'HMT_PROCESS_NOT_JSON', detail: 'Its bytes are not UTF-8.' };
  }
  if (nestsBelowItems(text) && deeperThan(text, maxDepth))
    return { ok: false, code: 'HMT_PROCESS_TOO_DEEP', detail: `It is nested more than ${maxDepth} levels deep.` };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    // V8 quotes the text around the mistake: of hostile bytes a little is enough.
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, code: 'HMT_PROCESS_NOT_JSON', detail: `${reason.slice(0, 160)}.` };
  }
}

/** False for `[{…}]` and `{…}` without a further bracket: the usual message, which needs no counting. */
function nestsBelowItems(text: string): boolean {
  return text.indexOf('{', 2) >= 0 || text.indexOf('[', 1) >= 0;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const isOpening = (char: number) => char === 0x5b || char === 0x7b;
const isClosing = (char: number) => char === 0x5d || char === 0x7d;

/** Whether brackets outside strings nest deeper than `maxDepth`. */
function deeperThan(text: string, maxDepth: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (quoted) {
      if (char === BACKSLASH) at++;
      else if (char === QUOTE) quoted = false;
    } else if (char === QUOTE) quoted = true;
    else if (isOpening(char)) {
      if (++depth > maxDepth) return true;
    } else if (isClosing(char)) depth--;
  }
  return false;
}
