/** The text that bytes are in UTF-8, but for a byte order mark; `undefined` when they are none: written back, it would be other bytes. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
