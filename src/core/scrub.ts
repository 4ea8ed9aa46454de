/** Takes configured secrets out of whatever is printed, stored, sent or served (invariant 5). */
export interface Scrubber {
  /** `value` with every occurrence of a secret replaced by `***`. */
  text(value: string): string;
  /** The same for bytes of any kind, also invalid UTF-8. The very same array when it holds no secret. */
  bytes(value: Uint8Array): Uint8Array;
}

export const MASK = '***';

/** A base64 fragment shorter than this would match ordinary text. */
const SHORTEST_FRAGMENT = 6;

/**
 * A scrubber for `secrets`. It finds each one plain, percent-encoded in any mixture and depth (`%2B`, `%252b`, `+` for
 * a space), JSON-escaped (`\u0041`, `\/`), in hexadecimal, and base64-encoded in both alphabets at any offset inside
 * something longer, as in a Basic authorisation. Empty secrets are ignored.
 */
export function scrubber(secrets: readonly string[]): Scrubber {
  // The longest first: a secret that begins with another one must not leave its tail.
  const distinct = [...new Set(secrets)].filter((secret) => secret !== '').sort((a, b) => b.length - a.length);
  if (distinct.length === 0) return { text: (value) => value, bytes: (value) => value };
  const inText = new RegExp(distinct.flatMap((secret) => patterns(secret, (character) => character)).join('|'), 'g');
  // Bytes are searched as Latin-1, in which every byte is one character and nothing is lost on the way back.
  const inBytes = new RegExp(distinct.flatMap((secret) => patterns(secret, latin1)).join('|'), 'g');
  return {
    text: (value) => value.replace(inText, MASK),
    bytes: (value) => {
      const before = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
      const after = before.replace(inBytes, MASK);
      return after === before ? value : new Uint8Array(Buffer.from(after, 'latin1'));
    },
  };
}

const latin1 = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
const anyCase = (hex: string) => hex.replace(/[a-f]/gi, (digit) => `[${digit.toLowerCase()}${digit.toUpperCase()}]`);

function patterns(secret: string, written: (character: string) => string): readonly string[] {
  const spelt = [...secret].map((character) => `(?:${spellings(character, written).join('|')})`).join('');
  const hex = anyCase(Buffer.from(secret, 'utf8').toString('hex'));
  return [spelt, ...base64Fragments(secret).map(escaped), ...(hex.length >= SHORTEST_FRAGMENT ? [hex] : [])];
}

/** How one character may be written in plain text, a URL and a JSON string. */
function spellings(character: string, written: (character: string) => string): readonly string[] {
  const percent = [...Buffer.from(character, 'utf8')].map((byte) => `%(?:25)*${anyCase(hexByte(byte))}`).join('');
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  const json = units.map((unit) => `\\\\u${anyCase(unit.toString(16).padStart(4, '0'))}`).join('');
  const short = JSON.stringify(character).slice(1, -1);
  return [
    escaped(written(character)),
    percent,
    json,
    ...(short === character ? [] : [escaped(short)]),
    ...(character === '/' ? ['\\\\\\/'] : []),
    ...(character === ' ' ? ['\\+'] : []),
  ];
}

const hexByte = (byte: number) => byte.toString(16).padStart(2, '0');

/**
 * The parts of a base64 text that a secret alone decides, for each of the three offsets at which it can begin in what
 * was encoded; its outermost characters also depend on the neighbours and are left out.
 */
function base64Fragments(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const fragments = [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor(((offset + bytes.length) * 8) / 6);
    const fragment = text.slice(from, to);
    return [fragment, fragment.replaceAll('+', '-').replaceAll('/', '_')];
  });
  return [...new Set(fragments)].filter((fragment) => fragment.length >= SHORTEST_FRAGMENT);
}
