import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type EtcdAccess, EtcdClient } from './client.ts';
import type { EtcdPrograms } from './programs.ts';
import { unreadable } from './unreadable.ts';

/** An etcd that the importer started. Disposing of it ends it. */
export interface PrivateEtcd extends AsyncDisposable {
  readonly access: EtcdAccess;
}

/** Names of the sockets: etcd wants the form of an address, and makes them in its working directory. */
const clientAddress = 'localhost:1';
const peerAddress = 'localhost:2';

/** How long etcd may take to serve what it has, in milliseconds: it reads its whole log first. */
const startMs = 120_000;
/** How long it may take to end, before it is killed. */
const endMs = 5_000;
const pauseMs = 50;

/**
 * Starts an etcd on a data directory that belongs to the importer. It listens only on Unix sockets in a directory that no
 * other user can enter, and becomes a cluster of its own, so that it does not look for the members that the data knows.
 *
 * @param directory holds `data/`, and gets the sockets and the log
 * @throws AppError `etcd_unreadable` with the last lines of its log when it does not start; the reason of the signal
 */
export async function startPrivateEtcd(
  directory: string,
  { etcd }: EtcdPrograms,
  signal: AbortSignal,
): Promise<PrivateEtcd> {
  const first = await launch(directory, [etcd, '--enable-v2'], signal);
  if (first.running !== undefined) return first.running;
  // Since 3.6 there is no such flag, and no v2 API.
  const isUnknownFlag = /flag provided but not defined: -?-enable-v2/.test(first.log);
  const second = isUnknownFlag ? await launch(directory, [etcd], signal) : first;
  if (second.running !== undefined) return second.running;
  throw unreadable(
    `etcd does not start on a copy of the data directory: ${lastLines(second.log)}`,
    'an etcd of the version that wrote the data is needed; name its program with --etcd-program',
  );
}

interface Launched {
  readonly running?: PrivateEtcd;
  readonly log: string;
}

async function launch(directory: string, program: readonly string[], signal: AbortSignal): Promise<Launched> {
  const log = join(directory, 'etcd.log');
  const child = Bun.spawn([...program, ...flagsOf(directory)], {
    cwd: directory,
    // Variables such as ETCD_DATA_DIR would be options of this etcd.
    env: { PATH: process.env.PATH ?? '', HOME: directory },
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: Bun.file(log),
  });
  const access = { endpoints: ['http://etcd'], unixSocket: join(directory, clientAddress), signal };
  const stop = () => end(child);
  let isServing = false;
  try {
    isServing = await serves(access, child.exited);
  } finally {
    if (!isServing) await stop();
  }
  if (isServing) return { running: { access, [Symbol.asyncDispose]: stop }, log: '' };
  return { log: existsSync(log) ? await Bun.file(log).text() : '' };
}

function flagsOf(directory: string): string[] {
  return [
    `--data-dir=${join(directory, 'data')}`,
    '--force-new-cluster',
    `--listen-client-urls=unix://${clientAddress}`,
    `--advertise-client-urls=unix://${clientAddress}`,
    `--listen-peer-urls=unix://${peerAddress}`,
  ];
}

/** Whether it answers, rather than ends or takes too long. */
async function serves(access: EtcdAccess, exited: Promise<number>): Promise<boolean> {
  let hasEnded = false;
  void exited.then(() => {
    hasEnded = true;
  });
  const client = new EtcdClient(access);
  for (let waited = 0; waited < startMs && !hasEnded; waited += pauseMs) {
    const health = await client.request({ method: 'GET', path: '/health' }).catch(() => undefined);
    access.signal?.throwIfAborted();
    if (health?.status === 200) return true;
    await Bun.sleep(pauseMs);
  }
  return false;
}

async function end(child: Bun.Subprocess): Promise<void> {
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), endMs);
  await child.exited;
  clearTimeout(late);
}

/** What etcd said last: its reason stands there. */
function lastLines(log: string): string {
  const lines = log.trim().split('\n').slice(-3).join(' ');
  return lines === '' ? 'it says nothing' : lines.slice(-600);
}
