import type { OperationHost } from '../operations/operation.ts';
import type { Context } from './context.ts';
import { LastStates } from './last-states.ts';
import { outputText } from './output-text.ts';
import { answerOf } from './patience.ts';

/** Formats the output of a host that has ended. */
export type HostForm = (host: OperationHost, output: Uint8Array) => string | Uint8Array;

/** The complete output of a host that has ended, in parts. */
export async function* outputOf(
  context: Context,
  id: string,
  host: string,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { operations } = await context.connect();
  for (let offset = 0; ; ) {
    const part = await answerOf(context, () => operations.log(id, host, offset, signal), signal);
    if (part.bytes.length > 0) yield part.bytes;
    if (part.complete || part.bytes.length === 0) return;
    offset = part.nextOffset;
  }
}

/** `{"host", "state", "exit_code", "output", "error"}` on one line. */
export const jsonLine: HostForm = ({ address: host, state, exit_code, error }, bytes) =>
  `${JSON.stringify({ host, state, exit_code, output: Buffer.from(bytes).toString('utf8'), error })}\n`;

/** Prefixes each line with the name of its host, byte for byte. */
export const prefixedLines: HostForm = ({ address }, bytes) => {
  if (bytes.length === 0) return '';
  // In this encoding every byte is a character, so bytes stay unchanged.
  const lines = Buffer.from(bytes).toString('latin1').replace(/\n$/, '').split('\n');
  return Buffer.from(lines.map((line) => `${address}: ${line}\n`).join(''), 'latin1');
};

/** The same with the last state of what was redrawn. */
export const prefixedStates: HostForm = (host, bytes) => {
  const states = new LastStates();
  const text = states.next(Buffer.from(bytes).toString('latin1')) + states.end();
  return prefixedLines(host, Buffer.from(text, 'latin1'));
};

/** The same for a terminal. */
export const prefixedText: HostForm = (host, bytes) => prefixedLines(host, Buffer.from(outputText(bytes)));
