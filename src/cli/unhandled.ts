import { writeSync } from 'node:fs';
import { describeError } from '../lib/errors.ts';
import { exitCode } from './exit-code.ts';

/** Ends the process because of an error that nobody handled: a message on stderr, as for any other failure. */
export function endUnhandled(error: unknown, program: string): never {
  const hint = 'hint: this is a fault of the program; set COMMISSAIRE_DEBUG=1 to see where it comes from';
  const shown = process.env.COMMISSAIRE_DEBUG === '1' && error instanceof Error ? (error.stack ?? '') : hint;
  try {
    // At once: a stream would not be written any more.
    writeSync(process.stderr.fd, `${program}: ${describeError(error)}\n${shown}\n`);
  } catch {
    // Nobody reads it.
  }
  process.exit(exitCode.failed);
}
