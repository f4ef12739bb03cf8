/** One part of a user-data file: a file with its media type, or a whole MIME message. */
export type Part =
  | { readonly type: string; readonly fileName: string; readonly content: string | Uint8Array }
  | { readonly message: string };

/**
 * A MIME message of several parts, as cloud-init reads it (RFC 2046; contract 12.8).
 *
 * @param boundary letters, digits and at least one `-`, which base64 does not have: no part in base64 can contain it
 */
export function multipart(parts: readonly Part[], boundary: string): string {
  const head = `Content-Type: multipart/mixed; boundary="${boundary}"\nMIME-Version: 1.0\n`;
  const written = parts.map((part) => `\n--${boundary}\n${'message' in part ? part.message : partOf(part)}`);
  return `${head}${written.join('')}\n--${boundary}--\n`;
}

function partOf({ type, fileName, content }: Exclude<Part, { message: string }>): string {
  const headers = [
    `Content-Type: ${type}${type.startsWith('text/') ? '; charset="utf-8"' : ''}`,
    'MIME-Version: 1.0',
    'Content-Transfer-Encoding: base64',
    `Content-Disposition: attachment; filename="${fileName.replaceAll(/[^\w.-]/g, '_')}"`,
  ];
  const lines =
    Buffer.from(content)
      .toString('base64')
      .match(/.{1,76}/g) ?? [];
  return `${headers.join('\n')}\n\n${lines.join('\n')}`;
}
