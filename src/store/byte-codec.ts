/**
 * Packs arrays of numbers, so that a year of forecasts stays small. Integers are variable-length (seven bits a byte),
 * negative ones zigzag. Everything reads back exactly what was written.
 */
export interface ByteWriter {
  /** An integer ≥ 0, at most 2^53. */
  unsigned(value: number): void;
  signed(value: number): void;
  float(value: number): void;
  bytes(): Uint8Array;
}

export interface ByteReader {
  unsigned(): number;
  signed(): number;
  float(): number;
}

export function byteWriter(): ByteWriter {
  let buffer = Buffer.allocUnsafe(1024);
  let length = 0;
  const room = (count: number) => {
    if (length + count <= buffer.length) return;
    const larger = Buffer.allocUnsafe(buffer.length * 2);
    buffer.copy(larger, 0, 0, length);
    buffer = larger;
  };
  const unsigned = (value: number) => {
    room(8);
    if (value < 128) {
      buffer[length++] = value;
      return;
    }
    let rest = value;
    // Division instead of shifts: instants need more than 32 bits.
    while (rest >= 128) {
      buffer[length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    buffer[length++] = rest;
  };
  return {
    unsigned,
    signed: (value) => unsigned(value < 0 ? -2 * value - 1 : 2 * value),
    float: (value) => {
      room(8);
      length = buffer.writeDoubleLE(value, length);
    },
    bytes: () => Uint8Array.prototype.slice.call(buffer, 0, length),
  };
}

export function byteReader(bytes: Uint8Array): ByteReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const unsigned = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = view.getUint8(at++);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  return {
    unsigned,
    signed: () => {
      const value = unsigned();
      return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
    },
    float: () => {
      const value = view.getFloat64(at, true);
      at += 8;
      return value;
    },
  };
}

/** Writes ascending instants: an hourly series takes a handful of bytes, any other a few bytes per instant. */
export function writeInstants(writer: ByteWriter, instants: readonly number[], base: number): void {
  writer.unsigned(instants.length);
  const steps = instants.map((instant, index) => instant - (instants[index - 1] ?? base));
  const regular = steps.slice(2).every((step) => step === steps[1]);
  writer.unsigned(regular ? 1 : 0);
  for (const step of regular ? steps.slice(0, 2) : steps) writer.signed(step);
}

export function readInstants(reader: ByteReader, base: number): number[] {
  const length = reader.unsigned();
  const regular = reader.unsigned() === 1;
  const instants: number[] = [];
  let step = 0;
  for (let index = 0; index < length; index++) {
    if (!regular || index < 2) step = reader.signed();
    instants.push((instants[index - 1] ?? base) + step);
  }
  return instants;
}

/** How many decimals are tried before an array is written as 64-bit floats. */
const MOST_DECIMALS = 4;
const AS_FLOATS = 15;

/**
 * Writes numbers exactly: as steps between integers when all have at most four decimals (every provider's values do),
 * otherwise as 64-bit floats. `null` stays `null`.
 */
export function writeNumbers(writer: ByteWriter, numbers: readonly (number | null)[]): void {
  writer.unsigned(numbers.length);
  const decimals = decimalsOf(numbers);
  writer.unsigned(decimals ?? AS_FLOATS);
  const scale = 10 ** (decimals ?? 0);
  let before = 0;
  for (const number of numbers) {
    if (decimals === null) {
      writer.unsigned(number === null ? 0 : 1);
      if (number !== null) writer.float(number);
      continue;
    }
    if (number === null) {
      writer.unsigned(0);
      continue;
    }
    const integer = Math.round(number * scale);
    const step = integer - before;
    // Zigzag shifted by one, so that zero stands for null.
    writer.unsigned(step < 0 ? -2 * step : 2 * step + 1);
    before = integer;
  }
}

export function readNumbers(reader: ByteReader): (number | null)[] {
  const length = reader.unsigned();
  const decimals = reader.unsigned();
  const scale = 10 ** decimals;
  const numbers: (number | null)[] = [];
  let integer = 0;
  for (let index = 0; index < length; index++) {
    const code = reader.unsigned();
    if (code === 0) numbers.push(null);
    else if (decimals === AS_FLOATS) numbers.push(reader.float());
    else {
      integer += code % 2 === 0 ? -code / 2 : (code - 1) / 2;
      numbers.push(integer / scale);
    }
  }
  return numbers;
}

/** The fewest decimals at which every number reads back exactly; `null` when there are none. */
function decimalsOf(numbers: readonly (number | null)[]): number | null {
  let decimals = 0;
  for (const number of numbers) {
    if (number === null) continue;
    if (!Number.isFinite(number) || Math.abs(number) > 1e9 || Object.is(number, -0)) return null;
    while (Math.round(number * 10 ** decimals) / 10 ** decimals !== number) if (++decimals > MOST_DECIMALS) return null;
  }
  return decimals;
}
