import type { SecretValue } from '../inventory/secret.ts';
import { whole } from './cell.ts';
import { yes } from './confirmation.ts';
import { command, group } from './context.ts';
import { deleteEach } from './delete-each.ts';
import { print } from './output.ts';
import { readSecret, textOf, writeSecret } from './secret-value.ts';
import { type Table, table } from './table.ts';
import { UsageError } from './usage-error.ts';
import { raw } from './write-output.ts';

const path = { summary: 'path of the key, such as web/password' };

const create = command({
  name: 'create',
  summary: 'Create a container for keys and other containers',
  arguments: { container: { summary: 'path of the container, with a slash at the end' } },
  options: {},
  examples: ['commctl secret create web/', 'commctl secret create web/db/'],
  async handler(context, { container }) {
    checkNamed(container);
    if (!container.endsWith('/')) {
      throw new UsageError(`"${container}" is not the path of a container`, {
        hint: `write ${container}/ for a container; \`commctl secret put ${container}\` creates a key`,
      });
    }
    return print(context, { value: await (await context.connect()).secrets.makeContainer(container) });
  },
});

const put = command({
  name: 'put',
  summary: 'Create a key; its value comes from a file, stdin, or a prompt on a terminal',
  arguments: { path },
  options: {
    file: {
      type: 'text',
      short: 'f',
      placeholder: 'FILE',
      summary: 'file that contains the value, - for stdin; a newline at its end is part of the value',
    },
    type: {
      type: 'text',
      short: 't',
      choices: ['simple', 'jwe'],
      default: 'simple',
      summary: 'any value, or a JWE in compact form',
    },
  },
  examples: [
    'commctl secret put web/password',
    'commctl secret put web/tls.key --file tls.key',
    'commctl secret put web/token < token.txt',
  ],
  async handler(context, { path, file, type }) {
    const hint = `leave out the slash at its end, or create a container with \`commctl secret create ${path}\``;
    checkKey(path, hint);
    const { secrets } = await context.connect();
    const bytes = await readSecret(file, context.terminal);
    const text = textOf(bytes);
    // Tools end a JWE with a newline, which is not part of it.
    if (type === 'jwe') return print(context, { value: await secrets.put(path, { type, value: text?.trim() ?? '' }) });
    const made = text === undefined ? secrets.putBytes(path, bytes) : secrets.put(path, { type, value: text });
    return print(context, { value: await made });
  },
});

const get = command({
  name: 'get',
  summary: 'Print the value of a key unchanged, or with --output the key with its type',
  arguments: { path },
  options: { raw },
  examples: ['commctl secret get web/password', 'commctl secret get web/password -o json'],
  async handler(context, { path, raw }) {
    if (raw && context.givenFormat !== undefined) {
      throw new UsageError('--raw and --output do not go together: --raw prints the bare value', {
        hint: 'leave out one of the two',
      });
    }
    checkKey(path, `list what is in it with \`commctl secret list ${path}\``);
    const { secrets } = await context.connect();
    if (context.givenFormat === undefined)
      return writeSecret(context.terminal, path, await secrets.bytes(path), { raw });
    const key = await secrets.get(path);
    return print(context, { value: key, table: () => secretTable(key) });
  },
});

const list = command({
  name: 'list',
  summary: 'List the names in a container; names of containers end with a slash',
  arguments: { container: { summary: 'path of the container; the top level if not given', optional: true } },
  options: {},
  examples: ['commctl secret list', 'commctl secret list web/'],
  async handler(context, { container = '' }) {
    const path = container === '' || container.endsWith('/') ? container : `${container}/`;
    const names = await (await context.connect()).secrets.list(path);
    return print(context, { value: names, names: names.map((name) => path + name), none: 'No secrets.' });
  },
});

const remove = command({
  name: 'delete',
  summary: 'Delete keys and empty containers',
  arguments: { path: { summary: 'path of a key, or of a container with a slash at the end', many: true } },
  options: { yes },
  examples: ['commctl secret delete web/password', 'commctl secret delete web/password web/'],
  async handler(context, { path: names, yes }) {
    names.forEach(checkNamed);
    const { secrets } = await context.connect();
    return deleteEach(context, { noun: 'secret', names, yes }, (each) => secrets.delete(each));
  },
});

export const secret = group('secret', 'Secrets of other tools: keys in containers', [create, put, get, list, remove]);

/** A line for each line of the value. */
function secretTable({ value, type }: SecretValue): Table {
  const lines = value.replace(/\n$/, '').split('\n');
  return table([['type', type], ...lines.map((line, index) => [index === 0 ? 'value' : '', whole(line)])]);
}

/** @throws UsageError */
function checkKey(path: string, hint: string): void {
  checkNamed(path);
  if (path.endsWith('/')) throw new UsageError(`${path} is a container, which has no value`, { hint });
}

/** The outermost container always exists. @throws UsageError */
function checkNamed(path: string): void {
  if (path !== '' && path !== '/') return;
  throw new UsageError(`"${path}" is not the path of a secret`, {
    hint: 'give one such as web/password, or web/ for a container',
  });
}
