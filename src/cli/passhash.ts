import { readFile } from 'node:fs/promises';
import { systemReason } from '../lib/system-reason.ts';
import { command } from './context.ts';
import { print } from './output.ts';
import type { Source } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** The most bytes of a password that bcrypt uses. Libraries differ in how they treat the rest. */
const mostBytes = 72;

export const passhash = command({
  name: 'passhash',
  summary: 'Print the bcrypt hash of a password for a users file',
  arguments: {},
  options: {
    password: {
      type: 'text',
      short: 'p',
      placeholder: 'TEXT',
      summary: 'the password; others see it in the process list and the history of the shell',
    },
    file: {
      type: 'text',
      short: 'f',
      placeholder: 'FILE',
      summary: 'file that contains the password, - for stdin; a newline at its end is ignored',
    },
    rounds: {
      type: 'integer',
      short: 'r',
      minimum: 4,
      maximum: 31,
      default: 12,
      placeholder: 'N',
      summary: 'strength: each step doubles the time',
    },
  },
  examples: ['commctl passhash', 'commctl passhash --file my_password.txt', 'commctl passhash --rounds 15'],
  async handler(context, { password, file, rounds }) {
    if (password !== undefined && file !== undefined) throw new UsageError('--password and --file do not go together');
    const { stdin } = context.terminal;
    const bytes = file === undefined ? encode(password ?? (await asked(stdin))) : await contentOf(file, stdin);
    const hash = await Bun.password.hash(checked(bytes), { algorithm: 'bcrypt', cost: rounds });
    return print(context, { value: hash });
  },
});

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

async function asked(stdin: Source): Promise<string> {
  if (stdin.isTerminal) return stdin.askSecret('Password: ');
  throw new UsageError('there is nobody to ask for the password', {
    hint: 'give it in a file with --file FILE, or on stdin with --file -',
  });
}

/** Removes the newline that editors put at the end of a file. The original hashed it, and logins failed. */
async function contentOf(path: string, stdin: Source): Promise<Uint8Array> {
  const bytes = path === '-' ? await stdin.read() : await read(path);
  if (bytes.at(-1) !== newline) return bytes;
  return bytes.subarray(0, bytes.at(-2) === carriageReturn ? -2 : -1);
}

const newline = 10;
const carriageReturn = 13;

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new UsageError(`cannot read the password file ${path}: ${systemReason(error)}`, { cause: error });
  }
}

function checked(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) throw new UsageError('the password is empty');
  if (bytes.length <= mostBytes) return bytes;
  throw new UsageError(`the password has ${bytes.length} bytes, and bcrypt reads ${mostBytes} of them`, {
    hint: 'choose a shorter one',
  });
}
