const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Kilobytes (of 1024 bytes) for people: `15.6 GiB`. Empty for 0, which means unknown. */
export function size(kilobytes: number): string {
  if (kilobytes === 0) return '';
  const power = Math.min(Math.floor(Math.log2(kilobytes) / 10), units.length - 1);
  const amount = kilobytes / 1024 ** power;
  return `${amount < 100 && power > 0 ? amount.toFixed(1) : Math.round(amount)} ${units[power]}`;
}

/** A contract timestamp to the second: `2026-01-02 03:04:05`. */
export function instant(timestamp: string): string {
  return timestamp.slice(0, 19).replace('T', ' ');
}

/** Milliseconds as `42s`, `3m12s` or `1h02m`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}m${two(seconds % 60)}s` : `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
}
