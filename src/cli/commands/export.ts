import { type Command, Option } from 'commander';
import { HarmattanError } from '../../core/errors.ts';
import { EARLIEST_VALID_AT, fromRfc3339, HOUR_MS, type Instant } from '../../core/time.ts';
import type { Store } from '../../store/store.ts';
import type { Place } from '../../weather/place.ts';
import { EXIT } from '../exit-code.ts';
import { csvCell, type ExportRow, observationRow, predictionRows, quarantineRow, slotRow } from '../export-rows.ts';
import { type CommonFlags, invocationOf, withCommonFlags } from '../invocation.ts';
import { progressOn } from '../progress.ts';
import type { Run } from '../run-body.ts';
import type { Terminal } from '../terminal.ts';

type What = 'observations' | 'forecasts' | 'slots' | 'quarantine';

interface ExportFlags extends CommonFlags {
  readonly place?: string;
  readonly from?: string;
  readonly to?: string;
  readonly format: 'csv' | 'ndjson';
  readonly what: What;
}

const PAGE_ROWS = 1_000;
/** Output is written in pieces of about this many characters, so that a slow reader holds the rows back. */
const PIECE_CHARACTERS = 65_536;

/** `export`: rows to stdout, oldest first, in bounded memory. */
export function exportCommand(program: Command, run: Run): void {
  withCommonFlags(program.command('export'))
    .description('stream stored rows to stdout, oldest first')
    .option('--place <id>', 'only this place')
    .option('--from <time>', 'first instant (RFC 3339 or a date)')
    .option('--to <time>', 'first instant after the last (RFC 3339 or a date)')
    .addOption(new Option('--format <format>', 'of the output').choices(['csv', 'ndjson']).default('csv'))
    .addOption(
      new Option('--what <rows>', 'which rows')
        .choices(['observations', 'forecasts', 'slots', 'quarantine'])
        .default('observations'),
    )
    .action((options: ExportFlags) =>
      run(async (terminal) => {
        const { open } = invocationOf(terminal, options);
        const workplace = await open();
        const span = {
          from: instantFlag('--from', options.from) ?? EARLIEST_VALID_AT,
          to: instantFlag('--to', options.to) ?? Number.MAX_SAFE_INTEGER,
        };
        if (options.place !== undefined && !workplace.places.some(({ id }) => id === options.place))
          throw new HarmattanError('HMT_PLACES_UNKNOWN', { detail: `"${options.place}".` });
        const progress = progressOn(terminal, workplace.clock, 'export');
        const rows = rowsOf(workplace.store, workplace.places, options, span);
        await write(terminal, rows, options.format, (count) => progress.report(null, `${count} rows`));
        progress.end();
        return EXIT.done;
      }),
    );
}

/** A time flag as an instant. @throws HarmattanError HMT_CLI_USAGE naming the flag */
export function instantFlag(flag: string, text: string | undefined): Instant | null {
  if (text === undefined) return null;
  const at = fromRfc3339(text);
  if (at === null)
    throw new HarmattanError('HMT_CLI_USAGE', {
      detail: `${flag} must be RFC 3339 with a zone, or a date: 2026-07-22T12:00:00Z.`,
      field: flag,
    });
  return at;
}

async function* rowsOf(
  store: Store,
  places: readonly Place[],
  options: ExportFlags,
  span: { from: Instant; to: Instant },
): AsyncGenerator<ExportRow> {
  const { place: placeId, what } = options;
  const only = placeId === undefined ? {} : { placeId };
  if (what === 'observations') {
    for await (const row of store.observations.stream({ ...only, ...span, which: 'all' })) yield observationRow(row);
  } else if (what === 'slots') {
    yield* paged((cursor) => store.slots.query({ ...only, ...span, limit: PAGE_ROWS, ...cursor }), slotRow);
  } else if (what === 'quarantine') {
    const inSpan = (at: Instant) => at >= span.from && at < span.to;
    for await (const entry of paged(
      (cursor) => store.quarantine.query({ limit: 100, ...cursor }),
      (one) => one,
    ))
      if (inSpan(entry.receivedAt) && (placeId === undefined || entry.placeId === placeId)) yield quarantineRow(entry);
  } else {
    yield* forecastRows(store, placeId === undefined ? places.map(({ id }) => id) : [placeId], span);
  }
}

async function* paged<Item, Row>(
  page: (cursor: {
    cursor?: string;
  }) => Promise<{ readonly items: readonly Item[]; readonly nextCursor: string | null }>,
  rowOf: (item: Item) => Row,
): AsyncGenerator<Row> {
  let cursor: string | null = null;
  do {
    const answer: Awaited<ReturnType<typeof page>> = await page(cursor === null ? {} : { cursor });
    for (const item of answer.items) yield rowOf(item);
    cursor = answer.nextCursor;
  } while (cursor !== null);
}

/** Hour by hour over the issues' span, so that places interleave in time and memory stays bounded. */
async function* forecastRows(
  store: Store,
  placeIds: readonly string[],
  span: { from: Instant; to: Instant },
): AsyncGenerator<ExportRow> {
  const extent = await store.observations.extent();
  if (!extent) return;
  const from = Math.max(span.from, extent.from);
  const to = Math.min(span.to, extent.to + HOUR_MS);
  const stepMs = 24 * HOUR_MS;
  for (let at = from; at < to; at += stepMs)
    for (const placeId of placeIds)
      for await (const prediction of store.predictions.issues(placeId, at, Math.min(at + stepMs, to)))
        yield* predictionRows(prediction);
}

async function write(
  terminal: Terminal,
  rows: AsyncIterable<ExportRow>,
  format: 'csv' | 'ndjson',
  onCount: (count: number) => void,
): Promise<void> {
  let piece = '';
  let count = 0;
  for await (const row of rows) {
    if (format === 'csv' && count === 0) piece += `${Object.keys(row).join(',')}\n`;
    piece += format === 'csv' ? `${Object.values(row).map(csvCell).join(',')}\n` : `${JSON.stringify(row)}\n`;
    count++;
    if (piece.length < PIECE_CHARACTERS) continue;
    await terminal.out(piece);
    piece = '';
    onCount(count);
    if (terminal.signal.aborted) return;
  }
  if (piece !== '') await terminal.out(piece);
}
