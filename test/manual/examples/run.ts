import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Screen } from '../../support/screen.ts';
import type { Step } from './blocks.ts';
import { disagreement } from './output.ts';

export interface Shell {
  /** The shell's first directory, which is empty. */
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Words in front of the shell, such as `nsenter --net=… --`; empty for none. */
  readonly prefix: readonly string[];
  /** A directory for the runner's own files. */
  readonly scratch: string;
}

/** A terminal with room for what one step prints. */
const size = { cols: 120, rows: 400 };

/**
 * Runs the steps of a page in order, in one bash on a terminal. Their standard input is empty.
 *
 * @returns what is not as the page says, each with page and line. After a command that failed nothing more is run
 */
export async function runExamples(page: string, steps: readonly Step[], shell: Shell): Promise<string[]> {
  const { cwd, environment, scratch } = shell;
  await using screen = await Screen.open({ ...size, cwd, environment: { ...environment } });
  const bash = '/bin/bash --norc --noprofile --noediting -i';
  if (shell.prefix.length > 0) await screen.run(`exec ${shell.prefix.join(' ')} ${bash}`);
  const failed = join(scratch, 'failed');
  const setup = join(scratch, 'setup');
  writeFileSync(setup, setupOf(failed));
  await screen.run(`source ${setup}`);
  mkdirSync(join(scratch, page, '..'), { recursive: true });
  const faults: string[] = [];
  for (const step of steps) {
    rmSync(failed, { force: true });
    // Line numbers of the shell are those of the page.
    const file = join(scratch, page);
    writeFileSync(file, `${'\n'.repeat(step.line - 1)}${step.code}\n`);
    const code = await screen.run(`source ${file} </dev/null`);
    // Without the command line above and the prompt below.
    const printed = screen.lines.slice(1, -1);
    const line = existsSync(failed) ? readFileSync(failed, 'utf8').trim() : String(step.line);
    const fault = faultOf(step, code, printed, line);
    if (fault === undefined) continue;
    faults.push(`${page}:${fault}\nThe terminal shows:\n${printed.join('\n')}`);
    if (step.fails === (code === 0)) break;
  }
  return faults;
}

/** The first command that fails ends its step, and its line is noted. Outside of a step there is no source file. */
function setupOf(failed: string): string {
  return `set -o pipefail
trap 'code=$?; if [[ -n \${BASH_SOURCE[0]-} ]]; then echo "$LINENO" >${failed}; return $code; fi' ERR
`;
}

function faultOf(step: Step, code: number, printed: readonly string[], line: string): string | undefined {
  if (step.fails && code === 0) return `${step.line}: the command should fail, and did not`;
  if (!step.fails && code !== 0) return `${line}: the command failed with exit code ${code}`;
  if (step.output === undefined) return undefined;
  const at = disagreement(step.output.lines, printed);
  if (at === undefined) return undefined;
  return `${step.output.line + at}: the output is another one than the page shows: ${step.output.lines[at]}`;
}
