import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { HarmattanError } from '../core/errors.ts';
import { instantOf } from './history-row.ts';
import { linesOf } from './lines.ts';
import type { Terminal } from './terminal.ts';

export type HistoryRow = Readonly<Record<string, unknown>>;

const LONGEST_LINE_BYTES = 1_048_576;
const LONGEST_RECORD_CHARACTERS = 65_536;
/** What a CSV file without a header holds. */
const COLUMNS_WITHOUT_HEADER = ['time_utc', 'temp_c'];

/**
 * The rows of a history file in their order, each with its line counted from 1: CSV with a header, CSV of `time,°C`
 * without one, or one JSON object a line, told apart by the first byte that is not a blank. `null` for a line that is not
 * a row. `-` is standard input. Memory is bounded by the longest line.
 *
 * @throws HarmattanError HMT_CLI_FILE
 */
export async function* historyRows(
  terminal: Pick<Terminal, 'input' | 'workingFolder'>,
  file: string,
): AsyncGenerator<{ readonly line: number; readonly row: HistoryRow | null }> {
  try {
    const input = file === '-' ? terminal.input : createReadStream(resolve(terminal.workingFolder, file));
    const { firstByte, chunks } = await peeked(input);
    yield* firstByte === '{' ? jsonRows(chunks) : csvRows(chunks);
  } catch (cause) {
    if (cause instanceof HarmattanError) throw cause;
    throw new HarmattanError('HMT_CLI_FILE', { detail: `${file}: ${(cause as Error).message}.`, cause });
  }
}

async function peeked(input: AsyncIterable<Buffer | string>) {
  const iterator = input[Symbol.asyncIterator]();
  const seen: (Buffer | string)[] = [];
  let firstByte = '';
  while (firstByte === '') {
    const { done, value } = await iterator.next();
    if (done) break;
    seen.push(value);
    firstByte = value
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .trimStart()
      .charAt(0);
  }
  async function* chunks(): AsyncGenerator<Buffer | string> {
    yield* seen.splice(0);
    for (;;) {
      const { done, value } = await iterator.next();
      if (done) return;
      yield value;
    }
  }
  return { firstByte, chunks: chunks() };
}

async function* jsonRows(chunks: AsyncIterable<Buffer | string>) {
  let line = 0;
  for await (const lines of linesOf(chunks, LONGEST_LINE_BYTES))
    for (const one of lines) {
      line++;
      const text =
        'bytes' in one
          ? one.bytes
              .toString('utf8')
              .replace(/^\uFEFF/, '')
              .trim()
          : null;
      if (text !== '') yield { line, row: text === null ? null : jsonRow(text) };
    }
}

function jsonRow(text: string): HistoryRow | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as HistoryRow) : null;
  } catch {
    return null;
  }
}

async function* csvRows(chunks: AsyncIterable<Buffer | string>) {
  const input = Readable.from(chunks);
  const parser = input.pipe(
    parse({
      bom: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      info: true,
      max_record_size: LONGEST_RECORD_CHARACTERS,
    }),
  );
  input.on('error', (error) => parser.destroy(error));
  let columns: readonly string[] | null = null;
  for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
    if (columns === null) {
      columns = instantOf(record[0]) === null ? record : COLUMNS_WITHOUT_HEADER;
      if (columns === record) continue;
    }
    yield { line: info.lines, row: Object.fromEntries(columns.map((name, index) => [name, record[index]])) };
  }
}
