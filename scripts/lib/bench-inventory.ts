import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forEachAtOnce } from './bench-at-once.ts';
import { freePort } from './bench-free-port.ts';

const executable = join(import.meta.dirname, '../../dist/commissaire');

/** A compiled server that has just started on an inventory of many hosts. */
export interface Inventory {
  readonly url: string;
  /** The credentials of its administrator. */
  readonly headers: { readonly authorization: string };
  /** A directory for the files of a measurement. */
  readonly directory: string;
  /** Imports the host of this number again, which changes it. */
  change(index: number): Promise<void>;
  /** Ends the server and starts it again. Returns the time from its start until it is ready, in milliseconds. */
  restart(): Promise<number>;
  /** The process id of the server. */
  pid(): number;
}

/** Measures something on an inventory, and then removes it. */
export async function withInventory(hosts: number, measure: (inventory: Inventory) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-inventory-'));
  let server: ChildProcess | undefined;
  try {
    const made = spawnSync(executable, ['init', '--data-dir', directory], { env: {}, encoding: 'utf8' });
    const password = /^password: (\S+)$/m.exec(made.stdout)?.[1] ?? '';
    withoutTls(join(directory, 'commissaire.conf'));
    const headers = { authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` };
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const change = (index: number) => put(`${url}/api/v0/host/${addressOf(index)}?import=true`, hostOf(index), headers);
    server = await start(directory, port);
    const indices = Array.from({ length: hosts }, (_, index) => index);
    await forEachAtOnce(64, indices, change);
    await stop(server);
    server = await start(directory, port);
    // The first request is slow, because it verifies the password.
    const page = await fetch(`${url}/api/v0/hosts?limit=1`, { headers });
    const total = page.headers.get('x-total-count');
    if (total !== String(hosts)) throw new Error(`the server has ${total} hosts`);
    const restart = async () => {
      if (server !== undefined) await stop(server);
      const begun = performance.now();
      server = await start(directory, port);
      return performance.now() - begun;
    };
    await measure({ url, headers, directory, change, restart, pid: () => server?.pid ?? 0 });
  } finally {
    if (server !== undefined) await stop(server);
    rmSync(directory, { recursive: true });
  }
}

export function addressOf(index: number): string {
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

async function start(directory: string, port: number): Promise<ChildProcess> {
  const args = ['serve', '--data-dir', directory, '--listen-port', String(port)];
  const child = spawn(executable, args, { stdio: 'ignore', env: {} });
  const deadline = performance.now() + 10_000;
  while (!(await answers(port))) {
    if (performance.now() > deadline) throw new Error('the server does not answer');
    await Bun.sleep(1);
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

/** The figures are about lists, not TLS, and are compared with earlier ones. */
function withoutTls(path: string): void {
  const { 'tls-pemfile': _, ...plain } = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify(plain));
}
