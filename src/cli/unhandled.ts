import { writeSync } from 'node:fs';
import { describeError } from '../lib/errors.ts';
import { exitCode } from './exit-code.ts';

/** Ends the process after an unhandled error: with a message on stderr, as for any other failure. */
export function endUnhandled(error: unknown, program: string): never {
  const hint = 'hint: this is a fault of the program; set COMMISSAIRE_DEBUG=1 to see where it comes from';
  const shown = process.env.COMMISSAIRE_DEBUG === '1' && error instanceof Error ? (error.stack ?? '') : hint;
  try {
    // Synchronously: a stream would not be flushed before the exit.
    writeSync(process.stderr.fd, `${program}: ${describeError(error)}\n${shown}\n`);
  } catch {
    // Stderr is closed.
  }
  process.exit(exitCode.failed);
}
