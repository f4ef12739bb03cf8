import { readFile } from 'node:fs/promises';
import { systemReason } from '../lib/system-reason.ts';
import type { Options, OptionValues } from './declaration.ts';
import type { Source } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** The options for what runs, and in what environment. */
export const execOptions = {
  script: { type: 'text', placeholder: 'FILE', summary: 'run this script; - is stdin' },
  interpreter: { type: 'text', placeholder: 'PROGRAM', summary: 'program that runs the script instead of /bin/sh' },
  user: { type: 'text', placeholder: 'USER', summary: 'user that runs it instead of the remote user' },
  directory: { type: 'text', placeholder: 'PATH', summary: 'working directory' },
  env: { type: 'list', placeholder: 'KEY=VALUE', summary: 'environment variable; repeatable' },
  umask: { type: 'text', placeholder: 'MODE', summary: 'umask, octal' },
  stdin: { type: 'flag', summary: 'pass stdin of commctl to the command' },
  detached: { type: 'flag', summary: 'keep it running without connection or server' },
  harmless: { type: 'flag', summary: 'it takes no host down, so no budget delays it' },
} as const satisfies Options;

/**
 * The parameters of the kind `exec`. Words are joined by blanks to one command line, as ssh does. @throws UsageError
 */
export async function execParameters(
  words: readonly string[],
  { script, interpreter, user, directory, env, umask, stdin, detached, harmless }: OptionValues<typeof execOptions>,
  input: Source,
): Promise<Record<string, unknown>> {
  if (script === '-' && stdin) throw new UsageError('stdin cannot be both the script and what it reads');
  if (script === undefined && interpreter !== undefined) throw new UsageError('--interpreter is for --script FILE');
  const command = words.join(' ');
  if (script === undefined && command.trim() === '') {
    throw new UsageError('there is no command', {
      hint: 'write the command after --, as in `commctl exec web -- uptime`',
    });
  }
  const run =
    script === undefined ? { command } : { script: await scriptOf(script, input), interpreter, arguments: words };
  const given = Object.entries({
    ...run,
    user,
    directory,
    environment: env.length === 0 ? undefined : Object.fromEntries(env.map(variableOf)),
    umask,
    stdin: stdin ? textOf(await input.read(), 'stdin') : undefined,
    detached: detached ? true : undefined,
    disrupts: harmless ? false : undefined,
  });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

async function scriptOf(path: string, input: Source): Promise<string> {
  const bytes = path === '-' ? await input.read() : await contentOf(path);
  if (bytes.length > 0) return textOf(bytes, `the script ${path}`);
  throw new UsageError(path === '-' ? 'there is no script on stdin' : `the script ${path} is empty`);
}

async function contentOf(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new UsageError(`cannot read the script ${path}: ${systemReason(error)}`, { cause: error });
  }
}

/** JSON can contain only text. */
function textOf(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new UsageError(`${what} is not text in UTF-8`, {
      hint: 'send other bytes as base64, and decode them on the machines',
      cause: error,
    });
  }
}

function variableOf(word: string): [string, string] {
  const at = word.indexOf('=');
  if (at > 0) return [word.slice(0, at), word.slice(at + 1)];
  throw new UsageError(`--env: "${word}" is not a variable`, { hint: 'write it as KEY=VALUE' });
}
