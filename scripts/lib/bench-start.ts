/**
 * `scripts/bench start`: time to the first answer of a server on an empty store, and of `commctl`, beside others; then a
 * server with 10,000 hosts in its store: time until it is ready, and what it uses while nobody asks for anything.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './bench-free-port.ts';
import { type Inventory, withInventory } from './bench-inventory.ts';
import { cpuSecondsOf, megabytesOf } from './bench-process.ts';

const dist = join(import.meta.dirname, '../../dist');
const rounds = 20;
const hosts = 10_000;
const idleSeconds = 60;

interface Figures {
  median: number;
  worst: number;
}

const rows: [string, Figures][] = [
  ['first answer of `commissaire serve`, empty store', await repeat(firstAnswer)],
  ['`commctl --version`', await repeat(() => timeOf(join(dist, 'commctl'), ['--version']))],
  ['`commctl help exec`', await repeat(() => timeOf(join(dist, 'commctl'), ['help', 'exec']))],
  ['peer: `kubectl version --client`', await repeat(() => timeOf('kubectl', ['version', '--client']))],
  ['peer: `node --version`', await repeat(() => timeOf('node', ['--version']))],
  ['peer: `node -e 0`', await repeat(() => timeOf('node', ['-e', '0']))],
  ['peer: `python3 -c pass`', await repeat(() => timeOf('python3', ['-c', 'pass']))],
];
const reference = rows.find(([name]) => name.includes('node -e'))?.[1].median ?? 1;
console.log(`${'what'.padEnd(50)} median ms  worst ms  to node -e 0   (${rounds} rounds)`);
for (const [name, figures] of rows) show(name, figures);
await withInventory(hosts, async (inventory) => {
  show(`ready, ${hosts} hosts stored`, await repeat(inventory.restart));
  await showIdle(inventory);
});

function show(name: string, { median, worst }: Figures): void {
  const cells = [
    median.toFixed(1).padStart(9),
    worst.toFixed(1).padStart(9),
    (median / reference).toFixed(2).padStart(12),
  ];
  console.log(`${name.padEnd(50)} ${cells.join(' ')}`);
}

/** A server that has just started, and to which nobody is connected. */
async function showIdle({ pid, restart }: Inventory): Promise<void> {
  await restart();
  const server = pid();
  // What follows the start has ended by then.
  await Bun.sleep(10_000);
  const before = cpuSecondsOf(server);
  await Bun.sleep(idleSeconds * 1_000);
  const percent = ((cpuSecondsOf(server) - before) / idleSeconds) * 100;
  const { resident, anonymous } = megabytesOf(server);
  console.log(`\nidle for ${idleSeconds} s with ${hosts} hosts stored: ${percent.toFixed(2)} % of a processor, `);
  console.log(`${resident.toFixed(0)} MB resident, ${anonymous.toFixed(0)} MB of it not of files`);
}

async function repeat(measure: () => Promise<number>): Promise<Figures> {
  await measure();
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) times.push(await measure());
  times.sort((a, b) => a - b);
  return { median: times[Math.floor(rounds / 2)] ?? 0, worst: times.at(-1) ?? 0 };
}

async function timeOf(command: string, args: string[]): Promise<number> {
  const begun = performance.now();
  spawnSync(command, args, { stdio: 'ignore' });
  return performance.now() - begun;
}

async function firstAnswer(): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'commissaire-bench-'));
  const port = await freePort();
  const args = ['serve', '--no-config-file', '--data-dir', directory, '--listen-port', String(port)];
  const begun = performance.now();
  const server = spawn(join(dist, 'commissaire'), args, { stdio: 'ignore', env: {} });
  try {
    while (!(await answers(port))) {
      if (performance.now() - begun > 10_000) throw new Error('the server does not answer');
      await Bun.sleep(1);
    }
    return performance.now() - begun;
  } finally {
    server.kill('SIGKILL');
    await new Promise((resolve) => server.once('exit', resolve));
    rmSync(directory, { recursive: true });
  }
}

async function answers(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/livez`)).ok;
  } catch {
    return false;
  }
}
