/**
 * `scripts/bench fanout`: `true` on 200 hosts, 100 at a time, by us and by what people use today, on the same fleet and
 * in turns. `--json FILE` writes the figures.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { withSshdFleet } from '../../test/support/fleet.ts';
import { controlMasterCpu } from './bench-control-master.ts';
import { type Cost, measuredRun, peakMemory } from './bench-measured-run.ts';

interface Contender {
  command: string[];
  environment?: Readonly<Record<string, string>>;
}

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    hosts: { type: 'string', default: '200' },
    concurrency: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '3' },
  },
});
const { concurrency } = values;
const openRounds = 5;

const directory = mkdtempSync(join(tmpdir(), 'bench-fanout-'));
try {
  await using fleet = await withSshdFleet(Number(values.hosts));
  await measureOn(
    join(fleet.key, '..'),
    fleet.hosts.map(({ name }) => name),
  );
} finally {
  rmSync(directory, { recursive: true });
}

async function measureOn(state: string, hosts: readonly string[]): Promise<void> {
  const loadBefore = loadavg()[0] ?? 0;
  const contenders = contendersOn(state, hosts);
  const costs = new Map<string, Cost[]>([...contenders.keys()].map((name) => [name, []]));
  // Once unmeasured, so that every file is in the cache and our host keys are pinned as theirs are.
  for (const { command, environment = {} } of contenders.values()) await measuredRun(command, { environment });
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const [name, { command, environment = {} }] of contenders) {
      costs.get(name)?.push((await measuredRun(command, { environment })).cost);
    }
  }
  const figures: Record<string, Cost & { rss_mb: number }> = {};
  for (const [name, { command, environment }] of contenders) {
    figures[name] = { ...medianCost(costs.get(name) ?? []), rss_mb: await peakMemory(command, environment) };
  }
  const processor = cpus()[0]?.model ?? 'unknown processor';
  console.log(
    `\n\`true\` on ${hosts.length} hosts, ${concurrency} at a time; median of ${values.rounds} runs in turns`,
  );
  console.log(
    `${cpus().length} × ${processor}, shared with the sshd of the hosts; load before ${loadBefore.toFixed(2)}`,
  );
  report(figures);
  await reportOpenSessions(state, hosts);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rounded(figures), null, 2)}\n`);
}

function contendersOn(state: string, hosts: readonly string[]): Map<string, Contender> {
  const config = sshConfig(state);
  const list = join(directory, 'hosts');
  writeFileSync(list, `${hosts.join('\n')}\n`);
  const all = hosts.join(',');
  // Each host one connection whose every process is waited for, and so counted: the least that ansible can do.
  const environment = {
    ANSIBLE_SSH_ARGS: `-F ${config} -o ControlMaster=no`,
    ANSIBLE_PIPELINING: 'True',
    ANSIBLE_LOCAL_TEMP: join(directory, 'ansible'),
    ANSIBLE_HOME: join(directory, 'ansible-home'),
    ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3',
    LC_ALL: 'C.UTF-8',
  };
  const ansible = (...module: string[]): Contender => ({
    command: ['ansible', 'all', '-i', list, '-f', concurrency, ...module],
    environment,
  });
  return new Map([
    ['ours', { command: ours(state) }],
    ['parallel-ssh', { command: ['parallel-ssh', '-h', list, '-p', concurrency, '-x', `-F ${config}`, 'true'] }],
    ['clush', { command: ['clush', '-f', concurrency, '-o', `-F ${config}`, '-w', all, 'true'] }],
    [
      'pdsh',
      {
        command: ['pdsh', '-R', 'ssh', '-f', concurrency, '-w', all, 'true'],
        environment: { PDSH_SSH_ARGS_APPEND: `-F ${config}` },
      },
    ],
    ['ansible-raw', ansible('-m', 'raw', '-a', 'true')],
    ['ansible-command', ansible('-m', 'command', '-a', 'true')],
  ]);
}

function ours(state: string, rounds = 1): string[] {
  const driver = join(import.meta.dirname, 'bench-fanout-ours.ts');
  return [process.execPath, driver, state, directory, concurrency, String(rounds)];
}

/** The fleet's own, with the key exchange and the cipher that our side uses; OpenSSH's default costs it far more. */
function sshConfig(state: string): string {
  const path = join(directory, 'ssh_config');
  const pinned = 'KexAlgorithms curve25519-sha256\nCiphers aes128-gcm@openssh.com\n';
  writeFileSync(path, pinned + readFileSync(join(state, 'ssh_config'), 'utf8'));
  return path;
}

function medianCost(costs: readonly Cost[]): Cost {
  const middle = (of: keyof Cost) => costs.map((cost) => cost[of]).toSorted((a, b) => a - b)[costs.length >> 1] ?? 0;
  return { wall_s: middle('wall_s'), cpu_s: middle('cpu_s') };
}

function report(figures: Readonly<Record<string, Cost & { rss_mb: number }>>): void {
  const own = figures.ours ?? { cpu_s: 1, wall_s: 1, rss_mb: 1 };
  console.log('\n                   CPU s   to ours   wall s   to ours     MB   to ours');
  for (const [name, { cpu_s, wall_s, rss_mb }] of Object.entries(figures)) {
    const cells = [
      cpu_s.toFixed(2).padStart(8),
      (cpu_s / own.cpu_s).toFixed(1).padStart(9),
      wall_s.toFixed(2).padStart(8),
      (wall_s / own.wall_s).toFixed(2).padStart(9),
      rss_mb.toFixed(0).padStart(6),
      (rss_mb / own.rss_mb).toFixed(1).padStart(9),
    ];
    console.log(`${name.padEnd(16)}${cells.join(' ')}`);
  }
  console.log('CPU: the process and all its descendants (wait4), start included, the sshd of the hosts not.');
  console.log('MB: highest sum of Pss over the process tree, every 25 ms, in a run of its own.');
  console.log('ours: the library of src/ssh, run by bun from source; not through the server.');
}

async function reportOpenSessions(state: string, hosts: readonly string[]): Promise<void> {
  const { stdout } = await measuredRun(ours(state, 1 + openRounds));
  const rounds: { cpu_s: number }[] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const own = rounds.slice(1).reduce((sum, { cpu_s }) => sum + cpu_s, 0) / openRounds / hosts.length;
  const config = sshConfig(state);
  const theirs = await controlMasterCpu({ config, directory, hosts: hosts.slice(0, 40), rounds: openRounds });
  console.log(`\n\`true\` on a session that is open already, CPU per command`);
  console.log(`ours                    ${(own * 1000).toFixed(2).padStart(7)} ms`);
  console.log(
    `OpenSSH, ControlMaster  ${(theirs * 1000).toFixed(2).padStart(7)} ms   ${(theirs / own).toFixed(1)} × ours`,
  );
}

function rounded(figures: Readonly<Record<string, Cost & { rss_mb: number }>>) {
  const entries = Object.entries(figures).map(([name, { wall_s, cpu_s, rss_mb }]) => [
    name,
    { wall_s: Number(wall_s.toFixed(3)), cpu_s: Number(cpu_s.toFixed(3)), rss_mb: Number(rss_mb.toFixed(1)) },
  ]);
  return Object.fromEntries(entries);
}
