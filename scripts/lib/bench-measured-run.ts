import { readdirSync, readFileSync } from 'node:fs';

export interface Cost {
  wall_s: number;
  /** User and system time of the process and of all its descendants, which wait4(2) returns when they have ended. */
  cpu_s: number;
}

interface Options {
  environment?: Readonly<Record<string, string>>;
  onStarted?: (pid: number) => void;
}

/** Runs a command to its end and returns its cost. @throws when it fails, with its output */
export async function measuredRun(command: readonly string[], { environment, onStarted }: Options = {}) {
  const begun = performance.now();
  const env = { ...process.env, ...environment };
  const child = Bun.spawn([...command], { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe', env });
  onStarted?.(child.pid);
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const wall_s = (performance.now() - begun) / 1000;
  if (exitCode !== 0) throw new Error(`${command.join(' ')} ended with ${exitCode}:\n${stdout}${stderr}`.slice(-4000));
  const usage = child.resourceUsage();
  if (usage === undefined) throw new Error('an ended process has used something');
  const cost: Cost = { wall_s, cpu_s: Number(usage.cpuTime.total) / 1e6 };
  return { cost, stdout };
}

const sampleMs = 25;

/**
 * The highest memory of a command and its descendants, in MB. It is measured in a run of its own, because reading
 * memory takes time from the command.
 */
export async function peakMemory(command: readonly string[], environment?: Readonly<Record<string, string>>) {
  let peak = 0;
  let sampler: ReturnType<typeof setInterval> | undefined;
  try {
    await measuredRun(command, {
      ...(environment === undefined ? {} : { environment }),
      onStarted: (pid) => {
        sampler = setInterval(() => {
          peak = Math.max(peak, memoryOfTree(pid));
        }, sampleMs);
      },
    });
  } finally {
    clearInterval(sampler);
  }
  return peak;
}

/** The memory of a process and its descendants, in MB. */
export function memoryOfTree(top: number): number {
  const children = new Map<number, number[]>();
  for (const { pid, parent } of processes()) children.set(parent, [...(children.get(parent) ?? []), pid]);
  const sum = (pid: number): number =>
    proportionalMegabytes(pid) + (children.get(pid) ?? []).reduce((total, child) => total + sum(child), 0);
  return sum(top);
}

export function* processes(): Generator<{ pid: number; parent: number }> {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(readOrEmpty(`/proc/${name}/stat`).split(') ').at(-1)?.split(' ')[1]);
    if (parent > 0) yield { pid: Number(name), parent };
  }
}

/** Pss of proc(5): shared memory is divided among its processes, so that a sum counts it once. */
function proportionalMegabytes(pid: number): number {
  const kilobytes = /^Pss:\s+(\d+) kB/m.exec(readOrEmpty(`/proc/${pid}/smaps_rollup`))?.[1];
  return Number(kilobytes ?? 0) / 1024;
}

/** A process may end between two readings. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
