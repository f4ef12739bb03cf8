import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Interrupted } from './interrupted.ts';

/** Prompts for one line on stderr, so that stdout stays clean. @throws Interrupted on Ctrl-C or Ctrl-D */
export function ask(prompt: string): Promise<string> {
  return question(process.stderr, prompt);
}

/** The same without echo. @throws Interrupted on Ctrl-C or Ctrl-D */
export async function askSecret(prompt: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const answer = question(nowhere, '');
  // After echo is off: a person may type as soon as the prompt appears.
  process.stderr.write(prompt);
  try {
    return await answer;
  } finally {
    process.stderr.write('\n');
  }
}

async function question(output: NodeJS.WritableStream, prompt: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  const cancelled = new AbortController();
  lines.on('SIGINT', () => cancelled.abort());
  lines.on('close', () => cancelled.abort());
  try {
    return await lines.question(prompt, { signal: cancelled.signal });
  } catch {
    throw new Interrupted();
  } finally {
    lines.close();
  }
}
