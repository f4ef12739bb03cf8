import { UsageError } from '../usage-error.ts';

/** Whether a text is meant as a MIME message: cloud-init looks for `MIME-Version:` in the first 4,096 bytes. */
export function isMimeMessage(text: string): boolean {
  return /^mime-version:/im.test(text.slice(0, 4096)) || /^content-type:/i.test(text.trimStart());
}

/**
 * Checks that cloud-init can read a MIME message (RFC 2045, 2046), and returns it as a part of another one.
 *
 * @param name of the file, for messages
 * @throws UsageError
 */
export function nestedMessage(text: string, name: string): string {
  // Python, with which such files are made, may put a line of a mailbox before the headers.
  const message = text.trimStart().replace(/^From .*\n/, '');
  const [head = '', ...paragraphs] = message.replaceAll(/\r\n?/g, '\n').split('\n\n');
  const body = paragraphs.join('\n\n');
  const headers = new Map(
    head
      .replaceAll(/\n[ \t]+/g, ' ')
      .split('\n')
      .map((line) => [line.replace(/:.*$/s, '').toLowerCase(), line.replace(/^[^:]*:\s*/s, '')]),
  );
  const type = headers.get('content-type');
  if (type === undefined) throw faulty(name, 'it has no Content-Type', 'add the header');
  if (!headers.has('mime-version'))
    throw faulty(name, 'it has no MIME-Version', 'add `MIME-Version: 1.0` to its headers');
  if (body.trim() === '') throw faulty(name, 'it has no body', 'separate the headers from it by an empty line');
  if (/^multipart\//i.test(type)) checkBoundary(type, body, name);
  return `${head}\n\n${body}`;
}

function checkBoundary(type: string, body: string, name: string): void {
  const [, quoted, plain] = /;\s*boundary\s*=\s*(?:"([^"]+)"|([^\s;"]+))/i.exec(type) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw faulty(name, 'its Content-Type has no boundary', 'add `; boundary="…"`');
  const lines = body.split('\n').map((line) => line.trimEnd());
  for (const line of [`--${boundary}`, `--${boundary}--`]) {
    if (!lines.includes(line))
      throw faulty(name, `it has no line ${line}`, 'write it again, for example with cloud-init');
  }
}

function faulty(name: string, what: string, hint: string): UsageError {
  return new UsageError(`cannot include ${name}: it is a MIME message, but ${what}`, { hint });
}
