import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import { escapeControls } from '../../lib/controls.ts';
import { rankOf } from './thresholds.ts';

/** How a line is written: as the JSON that it is, or as text for a person. `auto` is text on a terminal, else JSON. */
export type LogFormat = 'auto' | 'json' | 'text';

/** Turns a line of JSON into what is written. */
export type WrittenForm = (line: string) => string;

/** What standard error is. */
export interface ErrorStream {
  readonly isTerminal: boolean;
  /** Whether the system's journal reads it. */
  readonly isJournal: boolean;
}

/** @param environment where systemd says by `JOURNAL_STREAM` which stream the journal reads (systemd.exec(5)) */
export function standardErrorStream(environment: Readonly<Record<string, string | undefined>>): ErrorStream {
  return { isTerminal: isatty(2), isJournal: environment.JOURNAL_STREAM === numbersOf(2) };
}

/** Device and inode of an open file, as `JOURNAL_STREAM` has them. */
function numbersOf(descriptor: number): string | undefined {
  try {
    const { dev, ino } = fstatSync(descriptor);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/**
 * For a terminal, characters that it would obey are escaped. For the journal each line begins with its priority
 * (sd-daemon(3)), so that `journalctl -p warning` finds it.
 */
export function writtenForm(format: LogFormat, { isTerminal, isJournal }: ErrorStream): WrittenForm {
  const isText = format === 'text' || (format === 'auto' && isTerminal);
  const form = isText ? textOf : (line: string) => line;
  const shown = isTerminal ? (line: string) => escapeControls(form(line)) : form;
  return isJournal ? (line) => `<${priorityOf(line)}>${shown(line)}` : shown;
}

const beginning = /^\{"level":"([a-z]+)"/;

/** By syslog(3): 3 error, 4 warning, 6 informational, 7 debug. */
function priorityOf(line: string): number {
  const rank = rankOf(beginning.exec(line)?.[1] ?? 'info');
  if (rank >= rankOf('fatal')) return 2;
  if (rank >= rankOf('error')) return 3;
  if (rank >= rankOf('warn')) return 4;
  return rank >= rankOf('info') ? 6 : 7;
}

/** `2026-01-02T03:04:05.678Z WARN  hooks: a hook failed hook=chat attempts=2`. */
function textOf(line: string): string {
  const {
    level,
    time,
    pid: _pid,
    hostname: _host,
    module,
    msg,
    err,
    ...details
  }: Record<string, unknown> = JSON.parse(line);
  const from = module === undefined ? '' : `${module}: `;
  const members = Object.entries(details).map(([name, value]) => ` ${name}=${wordOf(value)}`);
  return `${time} ${String(level).toUpperCase().padEnd(5)} ${from}${msg}${members.join('')}${faultOf(err)}\n`;
}

/** A plain word as it is; everything else as JSON, in which spaces and quotes cannot be misread. */
function wordOf(value: unknown): string {
  return typeof value === 'string' && /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value);
}

function faultOf(err: unknown): string {
  if (typeof err !== 'object' || err === null) return '';
  const { type, message, stack }: { type?: unknown; message?: unknown; stack?: unknown } = err;
  return typeof stack === 'string' && stack !== '' ? `\n${stack.replace(/^/gm, '    ')}` : ` ${type}: ${message}`;
}
