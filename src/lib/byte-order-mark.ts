const mark = '\ufeff';

/**
 * The text of a file without the byte order mark that editors of Windows put in front of UTF-8 (RFC 3629, section 6): it is
 * no part of the text, and most parsers refuse it.
 */
export function withoutByteOrderMark(text: string): string {
  return text.startsWith(mark) ? text.slice(mark.length) : text;
}

/** The same for the bytes of a file. */
export function bytesWithoutByteOrderMark(bytes: Uint8Array): Uint8Array {
  const [first, second, third] = bytes;
  return first === 0xef && second === 0xbb && third === 0xbf ? bytes.subarray(3) : bytes;
}
