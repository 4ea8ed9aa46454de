/** One input line, or what is known of one that was too long to hold. */
export type InputLine = { readonly bytes: Buffer } | { readonly tooLongBytes: number };

/**
 * Splits a byte stream at each newline (`\n`, which is not part of the line; anything else is). A last line without a
 * newline counts; an empty one after the last newline does not. Yields the lines of one chunk together, so that the
 * reader can treat what arrived together as one batch. Holds at most one line of `maxBytes`.
 */
export async function* linesOf(
  input: AsyncIterable<Buffer | string>,
  maxBytes: number,
): AsyncGenerator<readonly InputLine[]> {
  let parts: Buffer[] = [];
  let heldBytes = 0;
  const take = (tail: Buffer): InputLine => {
    const totalBytes = heldBytes + tail.length;
    const line: InputLine =
      totalBytes > maxBytes
        ? { tooLongBytes: totalBytes }
        : { bytes: parts.length === 0 ? tail : Buffer.concat([...parts, tail]) };
    parts = [];
    heldBytes = 0;
    return line;
  };
  for await (const piece of input) {
    const chunk = typeof piece === 'string' ? Buffer.from(piece) : piece;
    const lines: InputLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      lines.push(take(chunk.subarray(start, end)));
      start = end + 1;
    }
    if (start < chunk.length) {
      heldBytes += chunk.length - start;
      if (heldBytes <= maxBytes) parts.push(chunk.subarray(start));
      else parts = [];
    }
    if (lines.length > 0) yield lines;
  }
  if (heldBytes > 0) yield [take(Buffer.alloc(0))];
}
