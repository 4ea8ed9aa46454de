import { type ReactNode, useEffect, useState } from 'react';
import { type Stop, useCursor } from './cursor.ts';
import { PLOT_WIDTH, share } from './plot.ts';

/** What a chart says around its drawing, in the reader's language. */
export interface ChartTexts {
  /** Label of the disclosure that holds the table. */
  readonly table: string;
  readonly csv: string;
  /** How the cursor moves, for who cannot see it. */
  readonly keys: string;
  /** A value that is not there. */
  readonly none: string;
  /** Said instead of a drawing when there is nothing to draw. */
  readonly empty: string;
}

/** The numbers of a chart: what is drawn and nothing else. The first cell of a row is its header. */
export interface ChartTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What every chart is given, whatever it draws. */
export interface ChartSetting {
  /** Unique on the page. */
  readonly id: string;
  readonly name: string;
  /** What the drawing shows, in one sentence that is always there. */
  readonly finding: string;
  readonly texts: ChartTexts;
}

interface ChartFigureProps extends ChartSetting {
  readonly heightPx: number;
  readonly table: ChartTable;
  readonly stops: readonly Stop[];
  /** Stops in a row; all of them unless the plot is a map. */
  readonly perRow?: number;
  /** The stop on which the first arrow stands. */
  readonly start?: number;
  readonly onOpen?: ((index: number) => void) | undefined;
  /** Names of the rows of a map, beside it. */
  readonly rowNames?: readonly string[];
  readonly legend?: ReactNode;
  readonly children: ReactNode;
}

/** A drawing with its name, its finding, its cursor, its numbers as a table, and the same as a file. */
export function ChartFigure(props: ChartFigureProps) {
  const { id, name, finding, texts, heightPx, table, stops, rowNames, legend, children } = props;
  const perRow = props.perRow ?? Math.max(1, stops.length);
  const cursor = useCursor({ stops, perRow, start: props.start ?? 0, onOpen: props.onOpen });
  const at = cursor.index === null ? undefined : stops[cursor.index];
  const open = () => {
    if (cursor.index !== null) props.onOpen?.(cursor.index);
  };
  return (
    <figure className="chart">
      <figcaption id={`${id}-finding`}>{finding}</figcaption>
      {legend}
      {stops.length === 0 ? (
        <p className="chart-empty">{texts.empty}</p>
      ) : (
        <>
          <div className={rowNames ? 'chart-map' : 'chart-single'}>
            {rowNames && (
              <div className="chart-row-names" aria-hidden="true">
                {rowNames.map((row) => (
                  <span key={row}>{row}</span>
                ))}
              </div>
            )}
            <div
              className={props.onOpen ? 'chart-plot opens' : 'chart-plot'}
              role="application"
              // biome-ignore lint/a11y/noNoninteractiveTabindex: the plot is where the cursor's keys are heard.
              tabIndex={0}
              aria-label={name}
              aria-describedby={`${id}-finding ${id}-keys`}
              onKeyDown={cursor.onKeyDown}
              onPointerMove={cursor.onPointerMove}
              onPointerLeave={cursor.onPointerLeave}
              onClick={open}
            >
              <svg className="chart-svg" width="100%" height={heightPx} aria-hidden="true">
                {children}
                {at && <CursorMark stop={at} heightPx={heightPx} />}
              </svg>
            </div>
          </div>
          <p className="unseen" id={`${id}-keys`}>
            {texts.keys}
          </p>
          <p className="chart-readout" role="status">
            {at?.text}
          </p>
        </>
      )}
      <ChartNumbers id={id} name={name} texts={texts} table={table} />
    </figure>
  );
}

function CursorMark({ stop, heightPx }: { readonly stop: Stop; readonly heightPx: number }) {
  if (stop.height !== undefined)
    return (
      <rect
        className="chart-cursor-box"
        x={share(stop.x)}
        y={stop.y ?? 0}
        width={share(stop.width ?? 0)}
        height={stop.height}
      />
    );
  return (
    <>
      <line className="chart-cursor" x1={share(stop.x)} x2={share(stop.x)} y1="0" y2={heightPx} />
      {stop.y !== undefined && <circle className="chart-cursor-dot" cx={share(stop.x)} cy={stop.y} r="5" />}
    </>
  );
}

interface ChartNumbersProps extends Omit<ChartSetting, 'finding'> {
  readonly table: ChartTable;
}

function ChartNumbers({ id, name, texts, table }: ChartNumbersProps) {
  return (
    <details className="chart-numbers">
      <summary>{texts.table}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keyboard. */}
      <section className="chart-table-box" aria-label={name} tabIndex={0}>
        <table>
          <caption className="unseen">{name}</caption>
          <thead>
            <tr>
              {table.columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row) => (
              <tr key={row[0]}>
                {row.map((cell, column) =>
                  column === 0 ? (
                    <th key={table.columns[column]} scope="row">
                      {cell}
                    </th>
                  ) : (
                    <td key={table.columns[column]}>{cell}</td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <CsvButton name={id} label={texts.csv} table={table} />
    </details>
  );
}

/** Appears once the page is alive: without a script there is nothing that could write the file. */
function CsvButton({
  name,
  label,
  table,
}: {
  readonly name: string;
  readonly label: string;
  readonly table: ChartTable;
}) {
  const [isAlive, setAlive] = useState(false);
  useEffect(() => setAlive(true), []);
  if (!isAlive) return null;
  const download = () => {
    const address = URL.createObjectURL(new Blob([csvOf(table)], { type: 'text/csv;charset=utf-8' }));
    const link = document.createElement('a');
    link.href = address;
    link.download = `${name}.csv`;
    link.click();
    URL.revokeObjectURL(address);
  };
  return (
    <button type="button" className="chart-csv" onClick={download}>
      {label}
    </button>
  );
}

/** RFC 4180, with the mark by which spreadsheets know UTF-8. */
export function csvOf({ columns, rows }: ChartTable): string {
  const quoted = (cell: string) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return `\ufeff${[columns, ...rows].map((row) => `${row.map(quoted).join(',')}\r\n`).join('')}`;
}

/** One stop per row of the table: what is read at the cursor is the row. */
export function stopsOf(table: ChartTable, places: readonly Omit<Stop, 'text'>[]): readonly Stop[] {
  return places.map((place, index) => ({ ...place, text: readOut(table.columns, table.rows[index] ?? []) }));
}

/** `lundi 14:00 · prévu 31 °C · 8 fois sur 10 29 à 33 °C`. */
const readOut = (columns: readonly string[], [header = '', ...cells]: readonly string[]): string =>
  [header, ...cells.map((cell, index) => `${columns[index + 1]} ${cell}`)].join(' · ');

/** Shapes that are stretched to the plot's width. */
export function Stretched({ heightPx, children }: { readonly heightPx: number; readonly children: ReactNode }) {
  return (
    <svg
      width="100%"
      height={heightPx}
      viewBox={`0 0 ${PLOT_WIDTH} ${heightPx}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}
