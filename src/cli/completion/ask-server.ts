import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { abortable } from '../../lib/abortable.ts';
import { systemClock } from '../../lib/clock.ts';
import { Deadline } from '../../lib/deadline.ts';
import { type Context, contextOf } from '../context.ts';
import type { RawValues, ServerName } from '../declaration.ts';
import type { Sink, Terminal } from '../terminal.ts';
import { CandidateCache } from './candidate-cache.ts';
import type { Asked, Candidate } from './candidates.ts';
import { serverCandidates } from './server-candidates.ts';

/** A question that only the server can answer. */
type ServerAsked = Asked & { readonly what: ServerName };

/** Milliseconds in all: a person waits for the next word. */
const longest = 1_000;

/**
 * The names on the server that may come next, or none: completion never prompts, reports nothing and does not wait for
 * a slow server.
 *
 * @param globals the shared options on the line that is completed
 */
export async function askServer(
  { terminal }: Pick<Context, 'terminal'>,
  { what, current, before }: ServerAsked,
  globals: RawValues,
): Promise<readonly Candidate[]> {
  using deadline = new Deadline(longest, () => new Error('the server took too long'));
  const { signal } = deadline;
  const cache = new CandidateCache(terminal, systemClock);
  try {
    const question = [what, current, globals, await identity(terminal, globals)];
    const known = await cache.find(question);
    const found =
      known ?? (await abortable(fromServer(terminal, { what, current, before }, { globals, signal }), signal));
    if (known === undefined) await cache.keep(question, found);
    return before === '' ? found : found.map(({ word, summary }) => ({ word: before + word, summary }));
  } catch {
    return [];
  }
}

async function fromServer(
  terminal: Terminal,
  { what, current }: ServerAsked,
  { globals, signal }: { globals: RawValues; signal: AbortSignal },
): Promise<Candidate[]> {
  const client = await contextOf(globals, silent(terminal), []).connect();
  return serverCandidates(client, { what, current, signal });
}

/** What decides which server is asked, and as whom: another configuration or login must not see the stored answers. */
async function identity({ environment, homeDirectory }: Terminal, { config }: RawValues): Promise<unknown[]> {
  const settings = Object.entries(environment).filter(([name]) => /^(COMMCTL_|COMMISSAIRE_DATA_DIR$)/.test(name));
  const file = String(config ?? environment.COMMCTL_CONFIG ?? join(homeDirectory, '.commissaire.json'));
  const state = environment.XDG_STATE_HOME || join(homeDirectory, '.local', 'state');
  const sessions = join(state, 'commissaire', 'session.json');
  return [settings.toSorted(), homeDirectory, file, await changedAt(file), await changedAt(sessions)];
}

async function changedAt(path: string): Promise<string> {
  return stat(path).then(
    ({ mtimeMs, ino }) => `${mtimeMs} ${ino}`,
    () => '',
  );
}

/** Nobody answers a question, and nothing is shown. */
function silent(terminal: Terminal): Terminal {
  const refuse = () => Promise.reject(new Error('completion asks nothing'));
  const stdin = { isTerminal: false, read: async () => new Uint8Array(), ask: refuse, askSecret: refuse };
  const nothing = async () => true;
  const sink: Sink = { ...terminal.stderr, isTerminal: false, write: nothing, writeRaw: nothing, draw: nothing };
  return { ...terminal, stdin, stdout: sink, stderr: sink };
}
