import { EARLIEST_VALID_AT } from '../core/time.ts';
import { forecastRecord } from '../journal/forecast-record.ts';
import type { JournalRecord } from '../journal/journal.ts';
import type { QuarantineEntry } from '../store/store.ts';
import type { Place } from '../weather/place.ts';
import type { ProviderForecast } from '../weather/prediction.ts';
import { QUANTITIES, QUANTITY_NAMES, type Quantity } from '../weather/quantity.ts';
import { parseRecord, type Refusal } from './parse.ts';
import { quarantineEntry } from './quarantine-entry.ts';

export interface ForecastDecodeOptions {
  readonly places: readonly Place[];
  readonly futureToleranceMs: number;
  readonly maxDepth: number;
  readonly quarantineBytes: number;
}

export type DecodedForecast =
  | { readonly ok: true; readonly forecast: ProviderForecast }
  | { readonly ok: false; readonly entry: QuarantineEntry };

/**
 * Makes the decoder of the `forecasts` topic: one provider forecast a record. Impossible values become `null`; never
 * throws.
 */
export function forecastDecoder(options: ForecastDecodeOptions): (record: JournalRecord) => DecodedForecast {
  const placeIds = new Set(options.places.map((place) => place.id));
  const refused = (record: JournalRecord, refusal: Refusal & Partial<QuarantineEntry>): DecodedForecast => ({
    ok: false,
    entry: quarantineEntry(record, 0, refusal, record.value, options.quarantineBytes),
  });

  return (record) => {
    const parsed = parseRecord(record.value, options.maxDepth);
    if (!parsed.ok) return refused(record, parsed);
    const checked = forecastRecord.safeParse(parsed.value);
    if (!checked.success) {
      const issue = checked.error.issues[0];
      return refused(record, { code: 'HMT_PROCESS_SHAPE', detail: `${issue?.path.join('.')}: ${issue?.message}.` });
    }
    const { placeId, source, model, issuedAt, receivedAt, validAt, values } = checked.data;
    if (!placeIds.has(placeId))
      return refused(record, { code: 'HMT_PROCESS_PLACE_UNKNOWN', detail: `It names "${placeId}".`, source });
    if (issuedAt < EARLIEST_VALID_AT || issuedAt > record.appendedAt + options.futureToleranceMs)
      return refused(record, { code: 'HMT_PROCESS_TIME_INVALID', detail: `issuedAt is ${issuedAt}.`, placeId, source });
    if (!ascends(validAt) || Object.values(values).some((column) => column?.length !== validAt.length))
      return refused(record, {
        code: 'HMT_PROCESS_SHAPE',
        detail: 'Its times do not ascend, or its values do not run in parallel with them.',
        placeId,
        source,
      });
    const forecast = { placeId, source, model, issuedAt, receivedAt, validAt, values: possibleOnly(values) };
    return { ok: true, forecast };
  };
}

const ascends = (instants: readonly number[]) =>
  instants.every((at, index) => at >= EARLIEST_VALID_AT && (index === 0 || at > (instants[index - 1] ?? at)));

type Columns = Partial<Record<Quantity, (number | null)[] | undefined>>;

function possibleOnly(columns: Columns): ProviderForecast['values'] {
  const kept: Partial<Record<Quantity, readonly (number | null)[]>> = {};
  for (const name of QUANTITY_NAMES) {
    const { min, max } = QUANTITIES[name];
    const column = columns[name];
    if (column) kept[name] = column.map((value) => (value !== null && value >= min && value <= max ? value : null));
  }
  return kept;
}
