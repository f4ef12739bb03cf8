import pino, { type DestinationStream } from 'pino';
import type { Logger } from '../lib/logger.ts';

const secretMembers = ['password', 'ssh_priv_key', 'authorization', 'Authorization', 'token', 'hash'];
/** A path of the redaction names one depth, so each depth needs its own. */
const depths = ['', '*.', '*.*.', '*.*.*.'];

/**
 * The server's log: one JSON object a line, to standard error unless a destination is given. It is written
 * synchronously, because a worker (pino's `transport:` option) crashes in a compiled binary, and because the last lines
 * before a crash are the ones that matter.
 */
export function createLogger(
  level: string,
  destination: DestinationStream = pino.destination({ fd: 2, sync: true }),
): Logger {
  const paths = depths.flatMap((depth) => secretMembers.map((member) => `${depth}${member}`));
  const options = {
    level,
    redact: { paths, censor: '[redacted]' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, destination);
}
