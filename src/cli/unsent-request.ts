import type { UnsentRequest } from '../client/not-sent.ts';
import { type Format, print } from './output.ts';
import { recordTable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** What has no business on a screen or in a log, as a file of it may have been given. */
const secrets = ['ssh_priv_key', 'token', 'password'];

/**
 * Shows a request that was not sent, its secrets masked. Several of them make one list in YAML, and a JSON document each.
 */
export async function printUnsent(
  { terminal, format }: { terminal: Terminal; format: Format },
  { method, path, body }: UnsentRequest,
): Promise<void> {
  const shown = { method, path, ...(body === undefined ? {} : { body: masked(body) }) };
  await print(
    { terminal, format },
    {
      value: format === 'json' ? shown : [shown],
      table: () => [`${method} ${path}`, ...(shown.body === undefined ? [] : recordTable(shown.body))],
    },
  );
}

/** A copy as JSON has it: without the members that are undefined. */
function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, secrets.includes(name) ? '***' : masked(member)]));
}
