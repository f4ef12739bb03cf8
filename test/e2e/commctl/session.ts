import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { StandIns } from './stand-ins.ts';

/**
 * A session is what an operator types and sees, one command after the other:
 *
 *     # prose
 *     $ a line for /bin/sh
 *     | what it printed on stdout
 *     ! what it printed on stderr
 *     = its exit code, unless it is 0
 *
 * Control characters are shown as pictures, and an end without a newline as `\`. Of the progress of an operation on
 * stderr the states are left out that a host only passes through.
 */
export function linesTyped(session: string): string[] {
  return session.split('\n').flatMap((line) => (line.startsWith('$ ') ? [line.slice(2)] : []));
}

export interface Stage {
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly standIns: StandIns;
}

/** Types everything of a session again, and returns the session as it went this time. */
export async function replay(session: string, stage: Stage): Promise<string> {
  const parts: string[] = [];
  let prose: string[] = [];
  for (const line of session.split('\n')) {
    if (line.startsWith('#')) prose.push(line);
    if (!line.startsWith('$ ')) continue;
    parts.push([...prose, line, ...(await outcomeOf(line.slice(2), stage))].join('\n'));
    prose = [];
  }
  return `${parts.join('\n\n')}\n`;
}

async function outcomeOf(line: string, { environment, directory, standIns }: Stage): Promise<string[]> {
  const { code, stdout, stderr } = await run(standIns.real(line), environment, directory);
  const shown = (mark: string, text: string) => marked(mark, standIns.shown(text).replace(passing, ''));
  return [...shown('|', stdout), ...shown('!', stderr), ...(code === 0 ? [] : [`= ${code}`])];
}

/** In what states a host was seen on its way depends on the moments at which commctl looked. */
const passing = /^YYYY-MM-DDThh:mm:ssZ \S+( \(\d+\))? (pending|running)\b.*\n/gm;

const deadlineMs = 30_000;

/** @throws Error when it does not end */
async function run(line: string, env: Stage['environment'], cwd: string) {
  const child = spawn('/bin/sh', ['-c', line], {
    env: { ...env },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    // What it started, too.
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, deadlineMs);
  const [code] = await once(child, 'close');
  clearTimeout(timer);
  if (isLate) throw new Error(`${line}: still running after ${deadlineMs} ms\n${output.stdout}${output.stderr}`);
  return { code: Number(code), ...output };
}

function marked(mark: string, text: string): string[] {
  if (text === '') return [];
  const ended = text.endsWith('\n') ? text.slice(0, -1) : `${text}\\`;
  return ended.split('\n').map((line) => `${mark} ${pictured(line)}`.trimEnd());
}

/** U+2400 has a picture of each control character, in their order. */
function pictured(line: string): string {
  return line.replace(/\p{Cc}/gu, (character) => String.fromCodePoint(0x24_00 + (character.codePointAt(0) ?? 0)));
}
