import type { Terminal } from './terminal.ts';

/** The time zone in which times are shown: the one of this machine, or UTC. */
export type Zone = 'local' | 'utc';

/** A person reads the time of the clock on the wall; what goes into a file is read elsewhere, too. */
export function zoneOf({ stdout }: Pick<Terminal, 'stdout'>): Zone {
  return stdout.isTerminal ? 'local' : 'utc';
}

/**
 * A contract timestamp to the second, with its zone: `2026-01-02 03:04:05Z`, `2026-01-02 04:04:05+01:00`. Other texts
 * stay as they are.
 */
export function dated(timestamp: string, zone: Zone): string {
  const at = momentOf(timestamp);
  if (at === undefined) return timestamp;
  const minutes = zone === 'utc' ? 0 : -new Date(at).getTimezoneOffset();
  const onWall = new Date(at + minutes * 60_000).toISOString().slice(0, 19).replace('T', ' ');
  return `${onWall}${offsetOf(minutes)}`;
}

/** How long before `now` it was: `42s ago`, `3m ago`, `5h ago`, `12d ago`. The clocks of two machines may differ. */
export function ago(timestamp: string, now: number): string {
  const at = momentOf(timestamp);
  return at === undefined ? timestamp : `${roughly(Math.max(0, now - at))} ago`;
}

/** The same for a time that may be in the future: `in 12d`. */
export function left(timestamp: string, now: number): string {
  const at = momentOf(timestamp);
  return at === undefined || at <= now ? ago(timestamp, now) : `in ${roughly(at - now)}`;
}

const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

/** Milliseconds since the epoch. */
function momentOf(timestamp: string): number | undefined {
  const at = form.test(timestamp) ? Date.parse(`${timestamp.slice(0, 19)}Z`) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

function offsetOf(minutes: number): string {
  if (minutes === 0) return 'Z';
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(size / 60)}:${two(size % 60)}`;
}

function roughly(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
