import type { UnsentRequest } from '../client/not-sent.ts';
import { type Format, print } from './output.ts';
import { recordTable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** What has no business on a screen or in a log, as a file of it may have been given. */
const secrets = ['ssh_priv_key', 'token', 'password'];

/** Of a key of the secrets API: elsewhere a member of this name may be anything. */
const ofSecrets = [...secrets, 'value'];

/**
 * Shows a request that was not sent, its secrets masked. Several of them make one list in YAML, and a JSON document each.
 */
export async function printUnsent(
  { terminal, format }: { terminal: Terminal; format: Format },
  { method, path, body }: UnsentRequest,
): Promise<void> {
  const names = path.startsWith('/api/v0/secrets/') ? ofSecrets : secrets;
  const shown = { method, path, ...(body === undefined ? {} : { body: masked(body, names) }) };
  await print(
    { terminal, format },
    {
      value: format === 'json' ? shown : [shown],
      table: () => [`${method} ${path}`, ...(shown.body === undefined ? [] : recordTable(shown.body))],
    },
  );
}

/** A copy as JSON has it: without the members that are undefined. Bytes are a secret as a whole. */
function masked(value: unknown, names: readonly string[]): unknown {
  if (value instanceof Uint8Array) return '***';
  if (Array.isArray(value)) return value.map((item) => masked(item, names));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    members.map(([name, member]) => [name, names.includes(name) ? '***' : masked(member, names)]),
  );
}
