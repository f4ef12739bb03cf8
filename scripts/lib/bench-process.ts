import { readFileSync, writeFileSync } from 'node:fs';

const ticksPerSecond = 100;

/** User and system time of a process with all its threads, in steps of 10 ms (proc(5)). */
export function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Starts a new measurement of the highest memory of a process (proc(5), clear_refs). */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** The highest memory of a process, in MB. */
export function peakMegabytesOf(pid: number): number {
  return kilobytesOf(pid, 'VmHWM') / 1024;
}

/** The memory of a process now, in MB: all that is resident, and that of it without mapped files. */
export function megabytesOf(pid: number): { resident: number; anonymous: number } {
  return { resident: kilobytesOf(pid, 'VmRSS') / 1024, anonymous: kilobytesOf(pid, 'RssAnon') / 1024 };
}

function kilobytesOf(pid: number, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
}

/** Measures the highest memory of the process itself, without mapped files, until disposed. */
export function ownPeak(pid: number): Disposable & { readonly megabytes: number } {
  let megabytes = 0;
  const look = () => {
    megabytes = Math.max(megabytes, kilobytesOf(pid, 'RssAnon') / 1024);
  };
  const timer = setInterval(look, 50);
  return {
    get megabytes() {
      look();
      return megabytes;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
