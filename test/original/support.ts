import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commissaireProgram } from '../../src/cli/commissaire.ts';
import { run } from '../../src/cli/program.ts';
import type { Sink, Terminal } from '../../src/cli/terminal.ts';
import type { TestServer } from '../support/server.ts';

export interface Ended {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs `commissaire import etcd` in this process. */
export async function importEtcd(args: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
  const [stdout, stderr] = [new Recorded(), new Recorded()];
  const terminal: Terminal = {
    stdin: { isTerminal: false, read: async () => new Uint8Array(), ask: unasked, askSecret: unasked },
    stdout,
    stderr,
    environment,
    homeDirectory: '/nowhere',
    interruption: () => ({ signal: new AbortController().signal, [Symbol.dispose]() {} }),
  };
  const exitCode = await run(commissaireProgram, ['import', 'etcd', ...args], terminal);
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

/** The records of `-o json`, as `KIND NAME RESULT`, with the notes after them. */
export function resultsIn({ stdout, stderr }: Ended): string[] {
  if (stdout === '') throw new Error(stderr);
  const { records } = JSON.parse(stdout) as {
    records: Array<Record<'kind' | 'name' | 'result', string> & { notes: string[] }>;
  };
  return records.map(({ kind, name, result, notes }) => [`${kind} ${name} ${result}`, ...notes].join(': '));
}

/** The body of an answer to a GET. */
export async function read<T>(server: TestServer, path: string): Promise<T> {
  const { status, body, text } = await server.request('GET', `/api/v0${path}`);
  if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
  return body as T;
}

/** The names and contents of all files below a directory. */
export function filesIn(directory: string): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path, Bun.hash(readFileSync(path)).toString(16)];
    }),
  );
}

async function unasked(): Promise<string> {
  throw new Error('an import asks nothing');
}

class Recorded implements Sink {
  readonly isTerminal = false;
  text = '';

  size = () => ({ columns: 80, rows: 24 });

  async write(data: string | Uint8Array): Promise<boolean> {
    this.text += typeof data === 'string' ? data : new TextDecoder().decode(data);
    return true;
  }

  draw = async () => true;
  writeRaw = this.write;
}
