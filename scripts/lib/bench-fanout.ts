/**
 * `scripts/bench fanout`: `true` on 200 hosts, 100 at a time, by us and by the usual tools, on the same fleet and in
 * turns. `--json FILE` writes the figures.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Fleet, withSshdFleet } from '../../test/support/fleet.ts';
import { controlMasterCpu } from './bench-control-master.ts';
import { ServedFanout } from './bench-fanout-server.ts';
import { type Cost, measuredRun, peakMemory } from './bench-measured-run.ts';

/** A tool that runs `true` on every host. */
interface Contender {
  run(): Promise<Cost>;
  /** MB. */
  peakMemory(): Promise<number>;
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
const cold = 'ours, cold';

const directory = mkdtempSync(join(tmpdir(), 'bench-fanout-'));
try {
  await using fleet = await withSshdFleet(Number(values.hosts));
  await measureOn(fleet);
} finally {
  rmSync(directory, { recursive: true });
}

async function measureOn(fleet: Fleet): Promise<void> {
  const loadBefore = loadavg()[0] ?? 0;
  await using served = await ServedFanout.on(fleet, join(directory, 'server'), concurrency);
  const contenders = contendersOn(fleet, served);
  const costs = new Map<string, Cost[]>([...contenders.keys()].map((name) => [name, []]));
  // One unmeasured run first, so that every file is in the cache and our host keys are pinned as those of the others
  // are.
  for (const contender of contenders.values()) await contender.run();
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const [name, contender] of contenders) costs.get(name)?.push(await contender.run());
  }
  const figures: Record<string, Cost & { rss_mb: number }> = {};
  for (const [name, contender] of contenders) {
    figures[name] = { ...medianCost(costs.get(name) ?? []), rss_mb: await contender.peakMemory() };
  }
  const processor = cpus()[0]?.model ?? 'unknown processor';
  console.log(
    `\n\`true\` on ${fleet.hosts.length} hosts, ${concurrency} at a time; median of ${values.rounds} runs in turns`,
  );
  console.log(
    `${cpus().length} × ${processor}, shared with the sshd of the hosts; load before ${loadBefore.toFixed(2)}`,
  );
  report(figures);
  await reportOpenSessions(fleet, served);
  const { [cold]: _, ...compared } = figures;
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rounded(compared), null, 2)}\n`);
}

function contendersOn(fleet: Fleet, served: ServedFanout): Map<string, Contender> {
  const state = join(fleet.key, '..');
  const hosts = fleet.hosts.map(({ name }) => name);
  const config = sshConfig(state);
  const list = join(directory, 'hosts');
  writeFileSync(list, `${hosts.join('\n')}\n`);
  const all = hosts.join(',');
  // One connection for each host, all of whose processes are waited for, and so counted: the least that ansible can do.
  const environment = {
    ANSIBLE_SSH_ARGS: `-F ${config} -o ControlMaster=no`,
    ANSIBLE_PIPELINING: 'True',
    ANSIBLE_LOCAL_TEMP: join(directory, 'ansible'),
    ANSIBLE_HOME: join(directory, 'ansible-home'),
    ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3',
    LC_ALL: 'C.UTF-8',
  };
  const ansible = (...module: string[]) =>
    program(['ansible', 'all', '-i', list, '-f', concurrency, ...module], environment);
  return new Map([
    ['ours', { run: () => served.onNewSessions(), peakMemory: () => served.peakMemory() }],
    [cold, program(oursCold(state))],
    ['parallel-ssh', program(['parallel-ssh', '-h', list, '-p', concurrency, '-x', `-F ${config}`, 'true'])],
    ['clush', program(['clush', '-f', concurrency, '-o', `-F ${config}`, '-w', all, 'true'])],
    [
      'pdsh',
      program(['pdsh', '-R', 'ssh', '-f', concurrency, '-w', all, 'true'], { PDSH_SSH_ARGS_APPEND: `-F ${config}` }),
    ],
    ['ansible-raw', ansible('-m', 'raw', '-a', 'true')],
    ['ansible-command', ansible('-m', 'command', '-a', 'true')],
  ]);
}

function program(command: readonly string[], environment: Readonly<Record<string, string>> = {}): Contender {
  return {
    run: async () => (await measuredRun(command, { environment })).cost,
    peakMemory: () => peakMemory(command, environment),
  };
}

function oursCold(state: string, rounds = 1): string[] {
  const driver = join(import.meta.dirname, 'bench-fanout-ours.ts');
  return [process.execPath, driver, state, join(directory, 'cold'), concurrency, String(rounds)];
}

/**
 * The configuration of the fleet, with the key exchange and the cipher of our side; OpenSSH's defaults cost it far
 * more.
 */
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
  console.log('ours: `commctl exec` and the compiled server, which has run for a while, journal included.');
  console.log('ours, cold: the library of src/ssh alone, in a process of its own run by bun from source.');
}

async function reportOpenSessions(fleet: Fleet, served: ServedFanout): Promise<void> {
  const hosts = fleet.hosts.map(({ name }) => name);
  await served.onNewSessions();
  let spent = 0;
  for (let round = 0; round < openRounds; round += 1) spent += (await served.onOpenSessions()).cpu_s;
  const own = spent / openRounds / hosts.length;
  const state = join(fleet.key, '..');
  const runner = await runnerCpu(state);
  const config = sshConfig(state);
  const theirs = await controlMasterCpu({ config, directory, hosts: hosts.slice(0, 40), rounds: openRounds });
  console.log(`\n\`true\` on a session that is open already, CPU per command`);
  const row = (name: string, seconds: number, remark = '') =>
    console.log(`${name.padEnd(40)}${(seconds * 1000).toFixed(2).padStart(7)} ms   ${remark}`);
  row('OpenSSH, ControlMaster', theirs);
  row('ours, commctl exec and the server', own, `1/${(theirs / own).toFixed(1)}`);
  row('ours, the SSH runner alone', runner, `1/${(theirs / runner).toFixed(1)}`);
}

/**
 * The cost of one command over an open session by the library alone, because ssh on a ControlMaster keeps no journal
 * either.
 */
async function runnerCpu(state: string): Promise<number> {
  const { stdout } = await measuredRun(oursCold(state, 1 + openRounds));
  const rounds: { hosts: number; cpu_s: number }[] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return rounds.slice(1).reduce((sum, { hosts, cpu_s }) => sum + cpu_s / hosts, 0) / openRounds;
}

function rounded(figures: Readonly<Record<string, Cost & { rss_mb: number }>>) {
  const entries = Object.entries(figures).map(([name, { wall_s, cpu_s, rss_mb }]) => [
    name,
    { wall_s: Number(wall_s.toFixed(3)), cpu_s: Number(cpu_s.toFixed(3)), rss_mb: Number(rss_mb.toFixed(1)) },
  ]);
  return Object.fromEntries(entries);
}
