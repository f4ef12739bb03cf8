import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { measuredRun } from './bench-measured-run.ts';

interface Options {
  /** An ssh_config with the hosts. */
  config: string;
  /** The directory for the sockets. */
  directory: string;
  hosts: readonly string[];
  /** The number of commands on each host. */
  rounds: number;
}

/**
 * CPU seconds of one `ssh HOST true` over a connection that a ControlMaster keeps open: of the client and of the
 * master.
 */
export async function controlMasterCpu({ config, directory, hosts, rounds }: Options): Promise<number> {
  const ssh = ['ssh', '-F', config, '-o', `ControlPath=${join(directory, 'cm-%n')}`];
  try {
    for (const host of hosts) await open([...ssh, '-o', 'ControlMaster=yes', '-o', 'ControlPersist=yes', host]);
    const masters = await Promise.all(hosts.map((host) => masterOf([...ssh, host, '-O', 'check'])));
    const before = sum(masters.map(cpuOf));
    let clients = 0;
    for (let round = 0; round < rounds; round += 1) {
      for (const host of hosts) clients += (await measuredRun([...ssh, host, 'true'])).cost.cpu_s;
    }
    return (clients + sum(masters.map(cpuOf)) - before) / (rounds * hosts.length);
  } finally {
    for (const host of hosts) await Bun.spawn([...ssh, '-O', 'exit', host], { stderr: 'ignore' }).exited;
  }
}

/** The master keeps inherited descriptors open, so it gets none that another process waits for. */
async function open(command: readonly string[]): Promise<void> {
  const child = Bun.spawn([...command, 'true'], { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' });
  if ((await child.exited) !== 0) throw new Error(`no master: ${command.join(' ')}`);
}

async function masterOf([program = 'ssh', ...words]: readonly string[]): Promise<number> {
  const child = Bun.spawn([program, ...words], { stdout: 'ignore', stderr: 'pipe' });
  const said = await new Response(child.stderr).text();
  const pid = /pid=(\d+)/.exec(said)?.[1];
  if (pid === undefined) throw new Error(`no master answers: ${said}`);
  return Number(pid);
}

/** CPU seconds so far: the first field of /proc/PID/schedstat, which is more precise than the ticks of stat. */
function cpuOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e9;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
