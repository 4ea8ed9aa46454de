import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Where a secret was found: the place's name and the spelling, never the secret. */
export interface Leak {
  readonly where: string;
  readonly spelling: string;
}

interface Needle {
  readonly spelling: string;
  readonly bytes: Buffer;
}

const CHUNK_BYTES = 4 * 1024 * 1024;
const MOST_LISTED = 20;

/**
 * Looks for secrets byte by byte in whatever it is shown: plain, URL-encoded, in hexadecimal, and base64-encoded in
 * both alphabets at each of the three offsets. Shares no code with the scrubber whose work it judges.
 */
export class LeakSearch {
  readonly #needles: readonly Needle[];
  readonly leaks: Leak[] = [];
  count = 0;

  constructor(secrets: readonly string[]) {
    this.#needles = secrets.flatMap(needlesOf);
  }

  bytes(where: string, content: Uint8Array): void {
    const haystack = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    for (const { spelling, bytes } of this.#needles) if (haystack.includes(bytes)) this.#found(where, spelling);
  }

  text(where: string, content: string): void {
    for (const { spelling, bytes } of this.#needles)
      if (content.includes(bytes.toString('latin1'))) this.#found(where, spelling);
  }

  /** Every file below a folder, whatever it is. */
  folder(folder: string): void {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      this.#file(path, relative(folder, path));
    }
  }

  /** In chunks that overlap by more than the longest needle. */
  #file(path: string, where: string): void {
    const overlap = Math.max(...this.#needles.map(({ bytes }) => bytes.length), 1);
    const file = openSync(path, 'r');
    try {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES + overlap);
      for (let offset = 0; ; offset += CHUNK_BYTES) {
        const length = readSync(file, chunk, 0, chunk.length, offset);
        this.bytes(`file ${where}`, chunk.subarray(0, length));
        if (length < chunk.length) return;
      }
    } finally {
      closeSync(file);
    }
  }

  #found(where: string, spelling: string): void {
    this.count += 1;
    if (this.leaks.length < MOST_LISTED) this.leaks.push({ where, spelling });
  }
}

function needlesOf(secret: string): readonly Needle[] {
  const plain = Buffer.from(secret, 'utf8');
  const spellings: [string, string][] = [
    ['plain', secret],
    ['URL-encoded', encodeURIComponent(secret)],
    ['URL-encoded twice', encodeURIComponent(encodeURIComponent(secret))],
    ['hexadecimal', plain.toString('hex')],
  ];
  for (const offset of [0, 1, 2]) {
    // Only the characters that the secret decides alone: those at the edges depend on what stands beside it.
    const text = Buffer.concat([Buffer.alloc(offset), plain]).toString('base64');
    const whole = text.slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + plain.length) * 4) / 3));
    spellings.push([`base64 at ${offset}`, whole]);
    spellings.push([`base64url at ${offset}`, whole.replaceAll('+', '-').replaceAll('/', '_')]);
  }
  const distinct = new Map(spellings.map(([spelling, text]) => [text, spelling]).toReversed() as [string, string][]);
  return [...distinct].map(([text, spelling]) => ({ spelling, bytes: Buffer.from(text, 'utf8') }));
}
