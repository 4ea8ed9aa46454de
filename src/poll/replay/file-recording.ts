import { type FileHandle, open } from 'node:fs/promises';
import { HarmattanError } from '../../core/errors.ts';
import type { Instant } from '../../core/time.ts';
import { csvCells, type DecodedRow, decodeRow } from './decode.ts';
import { BadLineCount, type RecordedPlace, type RecordedReading, type Recording, UsualStep } from './recording.ts';

const BLOCK_BYTES = 128 * 1024;
/** A line longer than this is no reading. */
const LONGEST_LINE_BYTES = 1024 * 1024;
const BLOCKS_KEPT = 64;

/** A stretch of whole lines, with the valid times that lie in it. */
interface Block {
  readonly offset: number;
  readonly bytes: number;
  readonly minAt: Instant;
  readonly maxAt: Instant;
}

export interface RecordingCut {
  /** Readings outside `[from, to)` are left out; `null` is open. */
  readonly from: Instant | null;
  readonly to: Instant | null;
  /** Ids of the places that are kept; empty: all. */
  readonly only: readonly string[];
}

/**
 * Opens an NDJSON or CSV file as `harmattan export` writes it. The file is read through once for an index of its blocks
 * by time; afterwards only the blocks that a question touches are read, and the newest ones are kept. Rows may be in any
 * order; in order of time it is quickest.
 *
 * @throws HarmattanError HMT_POLL_REPLAY_FILE naming the line
 */
export async function fileRecording(path: string, cut: RecordingCut): Promise<Recording> {
  const file = await open(path).catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(`${path}: ${cause.code ?? cause.message}.`, cause);
  });
  try {
    return await indexed(file, path, cut);
  } finally {
    await file.close();
  }
}

export const unreadable = (detail: string, cause?: unknown): HarmattanError =>
  new HarmattanError('HMT_POLL_REPLAY_FILE', { detail, cause });

async function indexed(file: FileHandle, path: string, cut: RecordingCut): Promise<Recording> {
  const badLines = new BadLineCount();
  const step = new UsualStep();
  const places = new Map<string, RecordedPlace>();
  const lastAt = new Map<string, Instant>();
  const blocks: Block[] = [];
  let decode: LineDecoder | null = null;
  let [minAt, maxAt, readingCount] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];

  const note = ({ reading, ...where }: DecodedRow) => {
    const { placeId, validAt } = reading;
    const known = places.get(placeId);
    if (!known || (known.latitude === null && where.latitude !== null))
      places.set(placeId, {
        id: placeId,
        name: where.placeName ?? placeId,
        latitude: where.latitude,
        longitude: where.longitude,
      });
    const before = lastAt.get(placeId);
    if (before !== undefined) step.add(validAt - before);
    lastAt.set(placeId, validAt);
    readingCount += 1;
    minAt = Math.min(minAt, validAt);
    maxAt = Math.max(maxAt, validAt);
  };

  let line = 0;
  for await (const { offset, bytes, lines } of blocksOf(file)) {
    let [blockMinAt, blockMaxAt] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const content of lines) {
      line += 1;
      if (content.trim() === '') continue;
      if (decode === null) {
        const made = lineDecoder(content, path);
        decode = made.decode;
        if (made.isHeader) continue;
      }
      const row = decode(content);
      if (typeof row === 'string') {
        badLines.add(path, line, row);
        continue;
      }
      if (!within(cut, row.reading)) continue;
      note(row);
      blockMinAt = Math.min(blockMinAt, row.reading.validAt);
      blockMaxAt = Math.max(blockMaxAt, row.reading.validAt);
    }
    if (blockMaxAt >= blockMinAt) blocks.push({ offset, bytes, minAt: blockMinAt, maxAt: blockMaxAt });
  }
  const first = badLines.first[0];
  if (readingCount === 0 || decode === null)
    throw unreadable(
      first ? `${path}, line ${first.line}: ${first.reason}.` : `${path} holds no reading in the chosen span.`,
    );
  const everyMs = step.everyMs;
  return {
    places: [...places.values()].sort((one, other) => (one.id < other.id ? -1 : 1)),
    span: { from: cut.from ?? minAt, to: cut.to ?? maxAt + everyMs },
    everyMs,
    readingCount,
    badLines,
    readings: blockReader(path, blocks, decode, cut),
  };
}

type LineDecoder = (line: string) => DecodedRow | string;

/** NDJSON when the first line is an object, otherwise CSV whose header it is. */
function lineDecoder(first: string, path: string): { readonly decode: LineDecoder; readonly isHeader: boolean } {
  if (first.trimStart().startsWith('{')) return { decode: decodeJsonLine, isHeader: false };
  const header = csvCells(first.trim())?.map((name) => name.trim()) ?? [];
  const missing = ['placeId', 'validAt', 'temperatureC'].find((name) => !header.includes(name));
  if (missing !== undefined)
    throw unreadable(
      header.includes('time_utc')
        ? `${path}, line 1: a station's file does not say which place it is; name its folder with stations.csv.`
        : `${path}, line 1: the header has no column ${missing}.`,
    );
  const columns = new Map(header.map((name, index) => [name, index]));
  return {
    isHeader: true,
    decode: (line) => {
      const cells = csvCells(line);
      if (cells === null) return 'a quote is not closed';
      if (cells.length !== header.length) return `it has ${cells.length} cells where the header has ${header.length}`;
      return decodeRow((name) => cells[columns.get(name) ?? -1]);
    },
  };
}

function decodeJsonLine(line: string): DecodedRow | string {
  let content: unknown;
  try {
    content = JSON.parse(line);
  } catch {
    return 'it is not JSON';
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return 'it is not an object';
  const members = content as Readonly<Record<string, unknown>>;
  return decodeRow((name) => (Object.hasOwn(members, name) ? members[name] : undefined));
}

const within = (cut: RecordingCut, { placeId, validAt }: RecordedReading): boolean =>
  (cut.from === null || validAt >= cut.from) &&
  (cut.to === null || validAt < cut.to) &&
  (cut.only.length === 0 || cut.only.includes(placeId));

interface RawBlock {
  readonly offset: number;
  readonly bytes: number;
  readonly lines: readonly string[];
}

/** The file in stretches of whole lines, in order. */
async function* blocksOf(file: FileHandle): AsyncGenerator<RawBlock> {
  let rest = Buffer.alloc(0);
  let offset = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(BLOCK_BYTES);
    const { bytesRead } = await file.read(chunk, 0, BLOCK_BYTES, offset + rest.length);
    const content = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
    const end = bytesRead === 0 ? content.length : content.lastIndexOf(10) + 1;
    if (end > 0) yield { offset, bytes: end, lines: linesOf(content.subarray(0, end), offset === 0) };
    offset += end;
    rest = content.subarray(end);
    if (bytesRead === 0) return;
    if (rest.length > LONGEST_LINE_BYTES) {
      // No reading is this long: it counts as one bad line and is not held in memory.
      yield { offset, bytes: rest.length, lines: ['(longer than 1 MiB)'] };
      offset += rest.length;
      rest = Buffer.alloc(0);
    }
  }
}

function linesOf(content: Buffer, isFirst: boolean): readonly string[] {
  const text = content.toString('utf8');
  const lines = (isFirst ? text.replace(/^\uFEFF/, '') : text).split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
}

/** The file is not kept open: a recording has no end at which it could be closed. */
async function bytesOf(path: string, { offset, bytes }: Block): Promise<Buffer> {
  const file = await open(path).catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(`${path}: ${cause.code ?? cause.message}.`, cause);
  });
  try {
    const content = Buffer.allocUnsafe(bytes);
    const { bytesRead } = await file.read(content, 0, bytes, offset);
    return content.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Reads the blocks that a question touches; keeps the newest decoded ones. */
function blockReader(path: string, blocks: readonly Block[], decode: LineDecoder, cut: RecordingCut) {
  const kept = new Map<Block, readonly RecordedReading[]>();
  const decoded = async (block: Block): Promise<readonly RecordedReading[]> => {
    const known = kept.get(block);
    if (known) {
      kept.delete(block);
      kept.set(block, known);
      return known;
    }
    const readings = linesOf(await bytesOf(path, block), block.offset === 0)
      .map(decode)
      .flatMap((row) => (typeof row === 'string' || !within(cut, row.reading) ? [] : [row.reading]));
    kept.set(block, readings);
    const oldest = kept.keys().next().value;
    if (kept.size > BLOCKS_KEPT && oldest) kept.delete(oldest);
    return readings;
  };
  return async (from: Instant, to: Instant): Promise<readonly RecordedReading[]> => {
    const found = new Map<string, RecordedReading>();
    for (const block of blocks) {
      if (block.maxAt < from || block.minAt >= to) continue;
      for (const reading of await decoded(block)) {
        const key = `${reading.validAt} ${reading.placeId}`;
        if (reading.validAt >= from && reading.validAt < to && !found.has(key)) found.set(key, reading);
      }
    }
    return [...found.values()].sort((one, other) => one.validAt - other.validAt);
  };
}
