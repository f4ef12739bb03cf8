/**
 * `scripts/bench list`: how long a compiled server takes to answer `GET /hosts` with 10,000 hosts in its inventory, over
 * HTTP: whole, by pages and by conditions, and again while hosts change.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { forEachAtOnce } from './bench-at-once.ts';

const executable = join(import.meta.dirname, '../../dist/commissaire');
const hosts = 10_000;
const rounds = 30;

interface Row {
  what: string;
  query: string;
  /** Milliseconds it is to stay under, in the median. */
  goal?: number;
}

const rows: Row[] = [
  { what: 'all of them', query: '', goal: 60 },
  { what: 'a page', query: '?limit=50&offset=5000' },
  { what: 'filter, few', query: '?cpus=64', goal: 30 },
  { what: 'filter, glob', query: '?os=fed*&labels.rack=7', goal: 30 },
  { what: 'filter, range', query: '?address=Between(10.0.3.0,10.0.3.255)', goal: 30 },
  { what: 'filter, sorted page', query: '?status=failed&sort=-memory,address&limit=50', goal: 30 },
  { what: 'sorted page', query: '?sort=-memory,address&limit=50' },
];

const indices = Array.from({ length: hosts }, (_, index) => index);
const load = loadavg()[0] ?? 0;
const directory = mkdtempSync(join(tmpdir(), 'bench-list-'));
let server: ChildProcess | undefined;
try {
  const made = spawnSync(executable, ['init', '--data-dir', directory], { env: {}, encoding: 'utf8' });
  const password = /^password: (\S+)$/m.exec(made.stdout)?.[1] ?? '';
  const headers = { authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` };
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  server = await start(port);
  const path = `${url}/api/v0/host`;
  await forEachAtOnce(64, indices, (index) => put(`${path}/${addressOf(index)}?import=true`, hostOf(index), headers));
  await stop(server);
  server = await start(port);
  // The first request also proves the password, which takes its time.
  const page = await fetch(`${url}/api/v0/hosts?limit=1`, { headers });
  const total = page.headers.get('x-total-count');
  if (total !== String(hosts)) throw new Error(`the server has ${total} hosts`);

  console.log(`${hosts} hosts, ${rounds} rounds, milliseconds; load before ${load.toFixed(2)}\n`);
  const first = await timeOf(`${url}/api/v0/hosts?limit=50`, headers);
  console.log(`the first page after a start${ms(first).padStart(20)}`);
  const whole = await timeOf(`${url}/api/v0/hosts`, headers);
  console.log(`the first list after a start${ms(whole).padStart(20)}\n`);
  console.log(`${'GET /hosts'.padEnd(24)}median    worst    goal   median while a host changes before each`);
  for (const { what, query, goal } of rows) {
    const still = await repeat(() => timeOf(`${url}/api/v0/hosts${query}`, headers));
    const moving = await repeat(async (round) => {
      await put(`${path}/${addressOf(round * 37)}?import=true`, hostOf(round * 37), headers);
      return timeOf(`${url}/api/v0/hosts${query}`, headers);
    });
    const cells = [ms(still.median), ms(still.worst), goal === undefined ? '' : `< ${goal}`, ms(moving.median)];
    console.log(`${what.padEnd(22)}${cells.map((cell) => cell.padStart(8)).join(' ')}`);
  }
} finally {
  if (server !== undefined) await stop(server);
  rmSync(directory, { recursive: true });
}

function addressOf(index: number): string {
  return `10.0.${index >> 8}.${index & 255}`;
}

function hostOf(index: number): object {
  return {
    status: index % 50 === 0 ? 'failed' : 'active',
    os: index % 3 === 0 ? 'debian' : 'fedora',
    cpus: index % 100 === 0 ? 64 : 4,
    memory: 16_000_000 + ((index * 7919) % 1000),
    space: 500_000_000,
    last_check: '2026-01-02T03:04:05.678901',
    facts: { kernel: '6.12.0-1-amd64', boot_id: '019a0000-0000-7000-8000-000000000000', os_version: '41' },
    labels: { rack: String(index % 40), role: 'web' },
  };
}

async function start(port: number): Promise<ChildProcess> {
  const args = ['serve', '--data-dir', directory, '--listen-port', String(port)];
  const child = spawn(executable, args, { stdio: 'ignore', env: {} });
  const deadline = performance.now() + 10_000;
  while (!(await answers(port))) {
    if (performance.now() > deadline) throw new Error('the server does not answer');
    await Bun.sleep(5);
  }
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

async function answers(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  } catch {
    return false;
  }
}

async function put(url: string, body: object, headers: Record<string, string>): Promise<void> {
  const response = await fetch(url, { method: 'PUT', body: JSON.stringify(body), headers });
  await response.text();
  if (!response.ok) throw new Error(`${url} was answered with ${response.status}`);
}

/** From the request to the last byte of its answer. */
async function timeOf(url: string, headers: Record<string, string>): Promise<number> {
  const begun = performance.now();
  const response = await fetch(url, { headers });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url} was answered with ${response.status}`);
  return performance.now() - begun;
}

async function repeat(measure: (round: number) => Promise<number>): Promise<{ median: number; worst: number }> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) times.push(await measure(round));
  times.sort((one, other) => one - other);
  return { median: times[Math.floor(rounds / 2)] ?? 0, worst: times.at(-1) ?? 0 };
}

function ms(value: number): string {
  return value.toFixed(1);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const listener = createServer().listen(0, '127.0.0.1', () => {
      const address = listener.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      listener.close(() => resolve(port));
    });
  });
}
