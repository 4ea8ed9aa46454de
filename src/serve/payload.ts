/** Longest part of a record that a list shows; the whole one lies in the journal. */
const SHOWN_BYTES = 65_536;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes for people to read: text when they are UTF-8, base64 when not, cut where they are long. */
export function payloadReply(value: Uint8Array, wholeBytes: number = value.byteLength) {
  const shown = value.byteLength > SHOWN_BYTES ? cut(value) : value;
  const text = asText(shown);
  return {
    value: text,
    valueBase64: text === null ? Buffer.from(shown).toString('base64') : null,
    valueBytes: wholeBytes,
    truncated: shown.byteLength < wholeBytes,
  };
}

/** Cut before a character, not inside it. */
function cut(value: Uint8Array): Uint8Array {
  let end = SHOWN_BYTES;
  while (end > SHOWN_BYTES - 4 && ((value[end] ?? 0) & 0xc0) === 0x80) end--;
  return value.subarray(0, end);
}

function asText(value: Uint8Array): string | null {
  try {
    return utf8.decode(value);
  } catch {
    return null;
  }
}
