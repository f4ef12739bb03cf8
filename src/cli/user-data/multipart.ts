/** One part of a user-data file. */
export interface Part {
  /** The part of the media type after `text/`. */
  subtype: string;
  fileName: string;
  text: string;
}

/**
 * A MIME message of several parts, as cloud-init reads it (RFC 2046; contract 12.8).
 *
 * @param boundary letters, digits and at least one `-`, which base64 does not have: no part can contain it
 */
export function multipart(parts: readonly Part[], boundary: string): string {
  const head = `Content-Type: multipart/mixed; boundary="${boundary}"\nMIME-Version: 1.0\n`;
  const written = parts.map((part) => `\n--${boundary}\n${partOf(part)}`);
  return `${head}${written.join('')}\n--${boundary}--\n`;
}

function partOf({ subtype, fileName, text }: Part): string {
  const headers = [
    `Content-Type: text/${subtype}; charset="utf-8"`,
    'MIME-Version: 1.0',
    'Content-Transfer-Encoding: base64',
    `Content-Disposition: attachment; filename="${fileName.replaceAll(/[^\w.-]/g, '_')}"`,
  ];
  const lines =
    Buffer.from(text)
      .toString('base64')
      .match(/.{1,76}/g) ?? [];
  return `${headers.join('\n')}\n\n${lines.join('\n')}`;
}
