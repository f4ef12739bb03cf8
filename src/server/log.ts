import { isatty } from 'node:tty';
import pino, { type DestinationStream, type Logger as Pino } from 'pino';
import { escapeControls } from '../lib/controls.ts';
import type { Logger } from '../lib/logger.ts';
import { shortened, shortenedLines, shortenedMembers } from '../lib/shortened.ts';

const secretMembers = ['password', 'ssh_priv_key', 'authorization', 'Authorization', 'token', 'hash'];
/** A path of the redaction names one depth, so each depth needs its own. */
const depths = ['', '*.', '*.*.', '*.*.*.'];

/** What a line repeats of a request or of a machine may be of any length. */
const bounds = { text: 2_000, items: 1_000, depth: 6 };
const longestStack = 10_000;

/** A log whose least level can change while the server runs, for all its children too. */
export interface ServerLogger extends Logger {
  setLevel(level: string): void;
}

/**
 * The server's log: one JSON object a line, to standard error unless a destination is given. It is written
 * synchronously, because a worker (pino's `transport:` option) crashes in a compiled binary, and because the last lines
 * before a crash are the ones that matter.
 */
export function createLogger(level: string, destination: DestinationStream = standardError()): ServerLogger {
  const paths = depths.flatMap((depth) => secretMembers.map((member) => `${depth}${member}`));
  const options = {
    level: 'trace',
    redact: { paths, censor: '[redacted]' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: told },
  };
  const threshold = { value: rankOf(level) };
  const setLevel = (next: string) => {
    threshold.value = rankOf(next);
  };
  return { ...gated(pino(options, destination), threshold), setLevel };
}

function standardError(): DestinationStream {
  const stream = pino.destination({ fd: 2, sync: true });
  // A log that nobody can write, because its disk is full or its reader is gone, is no reason to end the server.
  stream.on('error', () => {});
  return isatty(2) ? onTerminal(stream) : stream;
}

/** Each line is the same JSON with escapes for what JSON may hold as it is and a terminal would obey. */
export function onTerminal(destination: DestinationStream): DestinationStream {
  return { write: (line) => destination.write(escapeControls(line)) };
}

type Level = 'debug' | 'info' | 'warn' | 'error';

/** A child of pino keeps the level its parent had when it was made, so the level is looked at here. */
function gated(log: Pino, threshold: { readonly value: number }): Logger {
  const writer = (level: Level) => {
    const rank = rankOf(level);
    return (details: object, message: string) => {
      if (rank >= threshold.value) log[level](shortenedMembers(details, bounds), message);
    };
  };
  return {
    debug: writer('debug'),
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
    child: (details) => gated(log.child(shortenedMembers(details, bounds)), threshold),
  };
}

/** Nothing but this: other members of an error, and its causes, may hold what was sent. */
function told(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error, message: shortened(String(error), bounds.text) };
  const { name, message, stack = '' } = error;
  return { type: name, message: shortened(message, bounds.text), stack: shortenedLines(stack, longestStack) };
}

/** `silent`, which pino has no number for, is above all others. */
function rankOf(level: string): number {
  return pino.levels.values[level] ?? Number.POSITIVE_INFINITY;
}
