import { readFileSync } from 'node:fs';
import type { Check, Found } from './check.ts';
import { groupOf } from './memory.ts';

interface Limit {
  readonly about: string;
  readonly file: string;
  readonly least: number;
  readonly setting: string;
}

const limits: readonly Limit[] = [
  {
    about: 'inotify',
    file: '/proc/sys/fs/inotify/max_user_instances',
    least: 128,
    setting: 'fs.inotify.max_user_instances',
  },
  { about: 'process ids', file: '/proc/sys/kernel/pid_max', least: 4_096, setting: 'kernel.pid_max' },
  { about: 'files', file: '/proc/sys/fs/file-max', least: 65_536, setting: 'fs.file-max' },
];

/** Limits of the kernel that a server can run into. */
export const kernelLimits: Check = {
  name: 'kernel limits',
  group: 'machine',
  run({ server }) {
    return [...limits.flatMap(judged), ...tasks(groupOf(server?.pid))];
  },
};

function judged({ about, file, least, setting }: Limit): Found[] {
  const value = numberIn(file);
  if (value === undefined) return [];
  const found = `${setting} is ${value}`;
  if (value >= least) return [{ verdict: 'ok', about, found }];
  return [
    { verdict: 'warning', about, found, remedy: `run: sysctl -w ${setting}=${least}, and put it into /etc/sysctl.d` },
  ];
}

/** The tasks of the control group: a hook or a plugin needs some. */
function tasks(group: string): Found[] {
  const most = numberIn(`/sys/fs/cgroup${group}/pids.max`);
  const present = numberIn(`/sys/fs/cgroup${group}/pids.current`);
  if (most === undefined || present === undefined) return [];
  const found = `${present} of ${most} tasks of the control group are in use`;
  if (most - present >= 32) return [{ verdict: 'ok', about: 'tasks', found }];
  return [{ verdict: 'warning', about: 'tasks', found, remedy: 'raise TasksMax in the unit of the service' }];
}

/** Undefined for a file that does not exist, or that holds no number, such as `max`. */
function numberIn(file: string): number | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return /^\d+$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}
