import { isatty } from 'node:tty';
import pino, { type DestinationStream, type Logger as Pino } from 'pino';
import { escapeControls } from '../lib/controls.ts';
import type { Logger } from '../lib/logger.ts';
import { shortened, shortenedLines, shortenedMembers } from '../lib/shortened.ts';

const secretMembers = ['password', 'ssh_priv_key', 'authorization', 'Authorization', 'token', 'hash'];
/** A redaction path names one depth, so each depth needs its own. */
const depths = ['', '*.', '*.*.', '*.*.*.'];

/** Limits for what a line repeats of a request or a machine, which may be of any length. */
const bounds = { text: 2_000, items: 1_000, depth: 6 };
const longestStack = 10_000;

/** A log whose level can change while the server runs, also for its children. */
export interface ServerLogger extends Logger {
  setLevel(level: string): void;
}

/**
 * The server's log: one JSON object a line, to standard error unless a destination is given. It is written
 * synchronously, because a worker (pino's `transport:` option) crashes in a compiled binary, and because the last lines
 * before a crash matter most.
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
  // The server continues when the log cannot be written, because its disk is full or its reader is gone.
  stream.on('error', () => {});
  return isatty(2) ? onTerminal(stream) : stream;
}

/** Each line is the same JSON, with escapes for characters that a terminal would obey. */
export function onTerminal(destination: DestinationStream): DestinationStream {
  return { write: (line) => destination.write(escapeControls(line)) };
}

type Level = 'debug' | 'info' | 'warn' | 'error';

/** A child of pino keeps the level that its parent had when it was created, so the level is checked here. */
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

/** Only these members: other members of an error, and its causes, may contain data of a request. */
function told(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error, message: shortened(String(error), bounds.text) };
  const { name, message, stack = '' } = error;
  return { type: name, message: shortened(message, bounds.text), stack: shortenedLines(stack, longestStack) };
}

/** `silent`, which has no number in pino, is above all other levels. */
function rankOf(level: string): number {
  return pino.levels.values[level] ?? Number.POSITIVE_INFINITY;
}
