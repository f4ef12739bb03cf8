import pino, { type DestinationStream, type Logger as Pino } from 'pino';
import { type Clock, systemClock } from '../../lib/clock.ts';
import type { LogReader } from '../../lib/log-reader.ts';
import type { Logger } from '../../lib/logger.ts';
import { type LogWish, presentScope } from '../../lib/scope-of-work.ts';
import { shortened, shortenedLines, shortenedMembers } from '../../lib/shortened.ts';
import { LineRate } from './line-rate.ts';
import { RecentLines } from './recent-lines.ts';
import { type LogLevels, rankOf, Thresholds } from './thresholds.ts';
import { type LogFormat, standardErrorStream, writtenForm } from './written-form.ts';

const secretMembers = [
  'password',
  'passphrase',
  'ssh_priv_key',
  'authorization',
  'Authorization',
  'cookie',
  'token',
  'hash',
  'secret',
];
/** A redaction path names one depth, so each depth needs its own. */
const depths = ['', '*.', '*.*.', '*.*.*.'];

/** Limits for what a line repeats of a request or a machine, which may be of any length. */
const bounds = { text: 2_000, items: 1_000, depth: 6 };
const longestStack = 10_000;

/** A log whose levels can change while the server runs, also for its children. */
export interface ServerLogger extends Logger {
  setLevels(levels: LogLevels): void;
  /** The newest lines. */
  readonly recent: LogReader;
  /** How many lines there were, by level. */
  readonly lineCounts: ReadonlyMap<string, number>;
}

export interface LogOptions extends LogLevels {
  /** Instead of standard error. It gets lines of JSON. */
  readonly destination?: DestinationStream;
  /** How standard error gets them; `auto` unless given. */
  readonly format?: LogFormat;
  readonly clock?: Pick<Clock, 'monotonic'>;
}

/**
 * The server's log: one JSON object a line, to standard error unless a destination is given. It is written
 * synchronously, because a worker (pino's `transport:` option) crashes in a compiled binary, and because the last lines
 * before a crash matter most. A child with the member `module` has the level of that module.
 */
export function createLogger({
  destination,
  format = 'auto',
  clock = systemClock,
  ...levels
}: LogOptions): ServerLogger {
  const paths = depths.flatMap((depth) => secretMembers.map((member) => `${depth}${member}`));
  const options = {
    level: 'trace',
    redact: { paths, censor: '[redacted]' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: told },
  };
  const recent = new RecentLines();
  const thresholds = new Thresholds(levels);
  const written = destination ?? standardError(format);
  const both = {
    write(line: string) {
      recent.add(line);
      written.write(line);
    },
  };
  const lines = new Map<string, number>(methods.map((level) => [level, 0]));
  const log = gated(pino(options, both), { thresholds, rate: new LineRate(clock), lines });
  return { ...log, setLevels: (next) => thresholds.set(next), recent, lineCounts: lines };
}

function standardError(format: LogFormat): DestinationStream {
  const stream = pino.destination({ fd: 2, sync: true });
  // The server continues when the log cannot be written, because its disk is full or its reader is gone.
  stream.on('error', () => {});
  const form = writtenForm(format, standardErrorStream(process.env));
  return { write: (line) => stream.write(form(line)) };
}

const methods = ['debug', 'info', 'warn', 'error'] as const;
type Level = (typeof methods)[number];

interface Gate {
  readonly thresholds: Thresholds;
  readonly rate: LineRate;
  readonly lines: Map<string, number>;
  readonly module?: string | undefined;
}

/** A child of pino keeps the level that its parent had when it was created, so the level is checked here. */
function gated(log: Pino, gate: Gate): Logger {
  const writer = (level: Level) => (details: object, message: string) => write(log, gate, { level, details, message });
  return {
    debug: writer('debug'),
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
    child: (details) => {
      const module = 'module' in details && typeof details.module === 'string' ? details.module : gate.module;
      return gated(log.child(shortenedMembers(details, bounds)), { ...gate, module });
    },
  };
}

interface NewLine {
  readonly level: Level;
  readonly details: object;
  readonly message: string;
}

function write(log: Pino, { thresholds, rate, lines, module }: Gate, { level, details, message }: NewLine): void {
  const rank = rankOf(level);
  const scope = presentScope();
  if (rank < thresholds.of(module) && !isWished(scope?.wish, rank)) return;
  if (!rate.take() && level !== 'error') return;
  const leftOut = rate.leftOut();
  if (leftOut > 0) log.warn({ lines: leftOut }, 'lines of the log were left out, because there were too many');
  lines.set(level, (lines.get(level) ?? 0) + 1);
  log[level](shortenedMembers({ ...belonging(scope), ...details }, bounds), message);
}

/** The ids of what the present work belongs to. */
function belonging(scope: ReturnType<typeof presentScope>): object {
  if (scope === undefined) return {};
  const { requestId, operation, wish, span } = scope;
  return {
    ...(requestId === undefined ? {} : { requestId }),
    ...(operation === undefined ? {} : { operation }),
    ...(wish?.token === undefined ? {} : { logToken: wish.token }),
    ...(span === undefined ? {} : { traceId: span.traceId }),
  };
}

/** Whether the request asked for lines of this rank and may still cause one. */
function isWished(wish: LogWish | undefined, rank: number): boolean {
  if (wish?.level === undefined || rank < rankOf(wish.level) || wish.linesLeft <= 0) return false;
  wish.linesLeft -= 1;
  return true;
}

/** Only these members: other members of an error, and its causes, may contain data of a request. */
function told(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error, message: shortened(String(error), bounds.text) };
  const { name, message, stack = '' } = error;
  return { type: name, message: shortened(message, bounds.text), stack: shortenedLines(stack, longestStack) };
}
