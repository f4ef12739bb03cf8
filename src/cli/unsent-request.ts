import type { UnsentRequest } from '../client/not-sent.ts';
import type { Format } from './formats.ts';
import { print } from './output.ts';
import { recordTable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Members that must not appear on a screen or in a log, because they may contain the contents of files. */
const secrets = ['ssh_priv_key', 'token', 'password'];

/** Also masked for the secrets API; elsewhere a member of this name may be anything. */
const ofSecrets = [...secrets, 'value'];

/**
 * Shows a request that was not sent, with its secrets masked. Several requests are one list in YAML, or one JSON
 * document each.
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

/** A copy as JSON: without undefined members. All bytes count as secret. */
function masked(value: unknown, names: readonly string[]): unknown {
  if (value instanceof Uint8Array) return '***';
  if (Array.isArray(value)) return value.map((item) => masked(item, names));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    members.map(([name, member]) => [name, names.includes(name) ? '***' : masked(member, names)]),
  );
}
