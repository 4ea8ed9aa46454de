import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { historyRows } from './history-file.ts';
import { historyReading } from './history-row.ts';

/** Validity and temperature of each row of a text that comes in pieces of `pieceBytes`, or what is wrong with it. */
async function read(text: string, pieceBytes: number) {
  const bytes = Buffer.from(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, index) =>
    bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes),
  );
  const rows: (string | number | null)[][] = [];
  for await (const { line, row } of historyRows({ input: Readable.from(pieces), workingFolder: '.' }, '-')) {
    const reading = historyReading(row);
    if (typeof reading === 'string') rows.push([line, reading]);
    else rows.push([line, new Date(reading.validAt).toISOString(), reading.values.temperatureC]);
  }
  return rows;
}

const RFC = '2024-01-01T00:00:00Z';
const ISO = '2024-01-01T00:00:00.000Z';

const FILES: Readonly<Record<string, readonly [text: string, rows: readonly unknown[]]>> = {
  'a header and other columns before, as export writes them': [
    `placeId,name,validAt,source,temperatureC\r\ndakar,"Dakar, ville",${RFC},simulator,21.5\r\n`,
    [[2, ISO, 21.5]],
  ],
  'time_utc,temp_c with a byte order mark': [`\uFEFFtime_utc,temp_c\n2024-01-01 00:00,4.4\n`, [[2, ISO, 4.4]]],
  'no header': [
    `${RFC},4.4\n2024-01-01T01:00:00Z,5\n`,
    [
      [1, ISO, 4.4],
      [2, '2024-01-01T01:00:00.000Z', 5],
    ],
  ],
  'JSON lines with a blank first': [
    `\n{"validAt":"${RFC}","temperatureC":3}\nrubbish\n`,
    [
      [2, ISO, 3],
      [3, 'This is not a row.'],
    ],
  ],
  nothing: ['', []],
  'only a header': ['time_utc,temp_c\n', []],
};

for (const [what, [text, rows]] of Object.entries(FILES))
  test(`a history file with ${what} is read, however it is cut`, async () => {
    for (const pieceBytes of [1, 3, 7, 10_000]) assert.deepEqual(await read(text, pieceBytes), rows, `${pieceBytes}`);
  });

test('a file that is not there is one plain error', async () => {
  const rows = historyRows({ input: Readable.from([]), workingFolder: '/' }, 'no/such/file.csv');
  await assert.rejects(rows.next(), { code: 'HMT_CLI_FILE' });
});
