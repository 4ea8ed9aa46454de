import type { EventReply, EventsReply } from '../../../src/serve/event-contract.ts';
import { BarChart } from '../chart/bar-chart.tsx';
import { LOG_BARS } from './operations-asks.ts';
import { OperationsNav } from './operations-nav.tsx';
import { chartTexts, clockTicks, type OperationsProps, type OperationsReader } from './operations-reader.ts';
import { stageWord } from './running.tsx';
import type { NamedPlace } from './slot-counts.ts';

/** What the reader asked for, as it stands in the address. */
export interface LogSearch {
  readonly q: string;
  readonly place: string;
  readonly stage: string;
  readonly level: string;
}

export interface LogsProps extends OperationsProps {
  readonly search: LogSearch;
  readonly places: readonly NamedPlace[];
  /** `null`: the log did not answer. */
  readonly events: EventsReply | null;
}

const LEVELS = ['info', 'warn', 'error'] as const;
const STAGES = ['poll', 'process', 'forecast', 'index', 'watch', 'serve'] as const;

/** What the program did: searched by text, region, stage and level, in a form that needs no script. */
export function Logs({ reader, search, places, events }: LogsProps) {
  const { t } = reader;
  return (
    <div className="operations">
      <h1>{t('operations.logs')}</h1>
      <OperationsNav reader={reader} current="journaux" />
      <LogForm reader={reader} search={search} places={places} />
      {events === null ? (
        <p className="card">{t('operations.unreachable')}</p>
      ) : (
        <>
          {events.bars.length > 0 && (
            <section className="card">
              <LogBars reader={reader} events={events} />
            </section>
          )}
          <section className="card">
            {events.items.length === 0 ? (
              <p>{t('operations.logs.empty')}</p>
            ) : (
              <ol className="log">
                {events.items.map((event) => (
                  <LogLine key={event.id} reader={reader} event={event} places={places} />
                ))}
              </ol>
            )}
            <p className="links">
              <a href={logsLink(reader, search, { from: events.from, to: events.to })}>{t('operations.logs.link')}</a>
              {events.nextCursor !== null && (
                <a href={logsLink(reader, search, { from: events.from, to: events.to, cursor: events.nextCursor })}>
                  {t('operations.logs.more')}
                </a>
              )}
            </p>
          </section>
        </>
      )}
    </div>
  );
}

/** The address that opens the same rows again: the period in it is absolute. */
export function logsLink(
  { href }: OperationsReader,
  search: LogSearch,
  more: Readonly<Record<string, string>>,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...search, ...more })) if (value !== '') query.set(name, value);
  return `${href('exploitation/journaux')}?${query}`;
}

function LogForm({ reader, search, places }: Omit<LogsProps, 'events'>) {
  const { t, href } = reader;
  return (
    <form className="card filters" method="get" action={href('exploitation/journaux')}>
      <label>
        {t('operations.logs.search')}
        <input type="search" name="q" defaultValue={search.q} minLength={3} maxLength={200} />
      </label>
      <label>
        {t('operations.logs.place')}
        <select name="place" defaultValue={search.place}>
          <option value="">{t('operations.logs.any')}</option>
          {places.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t('operations.logs.stage')}
        <select name="stage" defaultValue={search.stage}>
          <option value="">{t('operations.logs.any')}</option>
          {STAGES.map((stage) => (
            <option key={stage} value={stage}>
              {stageWord(reader, stage)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t('operations.logs.level')}
        <select name="level" defaultValue={search.level}>
          <option value="">{t('operations.logs.any')}</option>
          {LEVELS.map((level) => (
            <option key={level} value={level}>
              {t(`operations.level.${level}`)}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">{t('operations.logs.find')}</button>
    </form>
  );
}

function LogBars({ reader, events }: OperationsProps & { readonly events: EventsReply }) {
  const { t, format } = reader;
  const [from, to] = [Date.parse(events.from), Date.parse(events.to)];
  const width = (to - from) / LOG_BARS;
  const counted = new Map(events.bars.map((bar) => [Math.round((Date.parse(bar.at) - from) / width), bar]));
  const sum = (level: (typeof LEVELS)[number]) => events.bars.reduce((total, bar) => total + bar[level], 0);
  return (
    <BarChart
      id="events"
      name={t('operations.logs')}
      finding={t('operations.logs.finding', {
        errors: sum('error'),
        warnings: sum('warn'),
        from: format.stamp(from),
        to: format.stamp(to),
      })}
      texts={{ ...chartTexts(reader), empty: t('operations.logs.empty') }}
      parts={LEVELS.map((level) => ({ mark: `level-${level}`, word: t(`operations.level.${level}`) }))}
      bars={Array.from({ length: LOG_BARS }, (_, index) => {
        const bar = counted.get(index);
        return {
          from: from + index * width,
          to: from + (index + 1) * width,
          values: LEVELS.map((level) => bar?.[level] ?? 0),
        };
      })}
      ticks={clockTicks(reader, from, to)}
      column={t('operations.logs.time')}
      heightPx={90}
      format={{ stretch: format.stamp, value: format.number }}
    />
  );
}

interface LogLineProps extends OperationsProps {
  readonly event: EventReply;
  readonly places: readonly NamedPlace[];
}

function LogLine({ reader, event, places }: LogLineProps) {
  const { t, format } = reader;
  const place = places.find(({ id }) => id === event.placeId)?.name ?? event.placeId;
  const facts = Object.entries(event.fields);
  return (
    <li data-level={event.level}>
      <time dateTime={event.at}>{format.stamp(Date.parse(event.at))}</time>
      <b className="level">{t(`operations.level.${event.level}`)}</b>
      <span className="muted">
        {[event.stage && stageWord(reader, event.stage), place].filter(Boolean).join(' · ')}
      </span>
      <p lang="en">
        {event.message} {event.code !== null && <code>{event.code}</code>}
      </p>
      {facts.length > 0 && (
        <details>
          <summary>{t('operations.logs.details')}</summary>
          <pre>{JSON.stringify(event, null, 2)}</pre>
        </details>
      )}
    </li>
  );
}
