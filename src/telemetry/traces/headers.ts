import { readFileSync, statSync } from 'node:fs';
import { withoutByteOrderMark } from '../../lib/byte-order-mark.ts';
import { AppError, describeError } from '../../lib/errors.ts';

const line = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/;

/**
 * The headers in a file, one `NAME: VALUE` a line; empty lines, and those that begin with `#`, have none.
 *
 * @throws AppError `invalid_configuration`
 */
export function readHeaders(path: string): Record<string, string> {
  const unusable = (what: string, hint: string, cause?: unknown) =>
    new AppError('invalid_configuration', `the file ${path} of otlp-headers-file ${what}`, { hint, cause });
  let text: string;
  try {
    if ((statSync(path).mode & 0o077) !== 0) throw unusable('can be read by others', `chmod 600 ${path}`);
    text = withoutByteOrderMark(readFileSync(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw unusable(`cannot be read: ${describeError(cause)}`, 'name a file that the server can read', cause);
  }
  const lines = text.split(/\r?\n/).map((each, at) => [each, at + 1] as const);
  const headers = lines.filter(([each]) => each.trim() !== '' && !each.startsWith('#'));
  return Object.fromEntries(
    headers.map(([each, number]) => {
      const [, name, value = ''] = line.exec(each) ?? [];
      if (name !== undefined) return [name, value];
      throw unusable(`has no header in line ${number}`, 'write NAME: VALUE, one a line');
    }),
  );
}
