import { readFileSync, statSync } from 'node:fs';
import { arch, cpus, loadavg, release, totalmem, uptime } from 'node:os';
import type { ShownOption } from '../../config/shown.ts';
import { withoutProxy } from '../../lib/proxies.ts';
import { version } from '../../lib/version.ts';
import { operationRecords, progressRecords, runningRecords } from '../../operations/records.ts';
import { dataFileOf } from '../../store/store-file.ts';
import type { Site } from '../doctor/check.ts';
import { examine } from '../doctor/examine.ts';
import { outputOf } from '../doctor/output-of.ts';

/** What a bundle is made from. */
export interface BundleSources {
  readonly site: Site;
  /** The configuration, masked; undefined when it has faults. */
  readonly configuration: readonly ShownOption[] | undefined;
  /** A log file, for a server whose log is not in the journal. */
  readonly logFile: string | undefined;
  /** How many keys each collection of the store has. */
  readonly countRecords: () => Promise<Readonly<Record<string, number>>>;
}

/** One file of a bundle. */
export interface Part {
  readonly name: string;
  /** What is in it, for a person who decides whether to pass it on. */
  readonly what: string;
  /** Undefined where there is nothing of it. */
  read(sources: BundleSources, signal: AbortSignal): Promise<string | undefined>;
}

const unit = 'commissaire.service';
const logLines = 5_000;
const logBytes = 4 * 1024 * 1024;
const mostOperations = 200;

/** The files of a bundle, in its order. */
export const parts: readonly Part[] = [
  {
    name: 'platform.json',
    what: 'version, operating system, processors, memory, load',
    read: async ({ site }) => json({ version, server: site.server, platform: platform() }),
  },
  {
    name: 'configuration.json',
    what: 'the value and the origin of each option, secrets masked',
    read: async ({ configuration }) => (configuration === undefined ? undefined : json(configuration)),
  },
  {
    name: 'doctor.json',
    what: 'the findings of `commissaire doctor`',
    read: async ({ site }) => json(await examine(site)),
  },
  {
    name: 'store.json',
    what: 'the size of the store, and how many records of each kind it has',
    read: storeStatistics,
  },
  {
    name: 'operations.json',
    what: 'operations that have not ended: kind, cluster, status and counts, without parameters and output',
    read: openOperations,
  },
  {
    name: 'process.txt',
    what: 'limits, memory and threads of the server process',
    read: async ({ site }) => processState(site.server?.pid),
  },
  { name: 'metrics.txt', what: 'the metrics of the running server', read: metrics },
  { name: 'log.txt', what: `the last ${logLines} lines of the log`, read: recentLog },
];

/** What a bundle never has. */
export const leftOut: readonly string[] = [
  'keys, passwords, tokens, credentials and other secrets',
  'the records of hosts, clusters and users, the audit trail, and the events',
  'the commands, parameters and output of operations',
];

function platform() {
  const [processor] = cpus();
  const system = textOf('/etc/os-release') ?? '';
  return {
    system: /^PRETTY_NAME="?([^"\n]*)/m.exec(system)?.[1],
    kernel: release(),
    architecture: arch(),
    processors: cpus().length,
    processor: processor?.model,
    memory_bytes: totalmem(),
    load: loadavg(),
    uptime_seconds: Math.round(uptime()),
    runtime: process.versions.bun,
    time: new Date().toISOString(),
  };
}

async function storeStatistics({ site, countRecords }: BundleSources): Promise<string | undefined> {
  const file = statSync(dataFileOf(site.dataDir), { throwIfNoEntry: false });
  if (file === undefined) return undefined;
  return json({ file_bytes: file.size, records: await countRecords() });
}

async function openOperations({ site }: BundleSources): Promise<string | undefined> {
  if (statSync(dataFileOf(site.dataDir), { throwIfNoEntry: false }) === undefined) return undefined;
  await using store = await site.openStore();
  const found: object[] = [];
  for await (const { key } of store.list(runningRecords, { limit: mostOperations })) {
    const request = (await store.get(operationRecords, key))?.value;
    const progress = (await store.get(progressRecords, key))?.value;
    const { status, counts, waiting_for, finished_at } = progress ?? {};
    const { kind, cluster, started_at } = request ?? {};
    found.push({ id: key, kind, cluster, started_at, status, counts, waiting_for: waiting_for?.what, finished_at });
  }
  return json(found);
}

async function processState(pid: number | undefined): Promise<string | undefined> {
  if (pid === undefined) return undefined;
  const texts = ['limits', 'status', 'cgroup'].map((name) => {
    const text = textOf(`/proc/${pid}/${name}`);
    return text === undefined ? '' : `== ${name}\n${text}\n`;
  });
  return texts.join('') || undefined;
}

/** Over the Unix socket, where root and the user of the server need no password. */
async function metrics({ site }: BundleSources, signal: AbortSignal): Promise<string | undefined> {
  return askedOfServer('/metrics', site, signal);
}

/** Undefined when no server runs, or it does not answer with 200. */
async function askedOfServer(path: string, site: Site, signal: AbortSignal): Promise<string | undefined> {
  const socket = site.configuration?.unixSocket?.path;
  if (site.server === undefined || socket === undefined) return undefined;
  const answer = await fetch(`http://localhost${path}`, { unix: socket, signal, ...withoutProxy }).catch(
    () => undefined,
  );
  return answer?.ok ? await answer.text() : undefined;
}

/** Of the file, of the journal, or what the running server still has. */
async function recentLog({ site, logFile }: BundleSources, signal: AbortSignal): Promise<string | undefined> {
  const ofJournal = () =>
    outputOf(['journalctl', '--unit', unit, '--lines', String(logLines), '--output', 'cat', '--no-pager'], signal);
  const text = logFile === undefined ? await ofJournal() : readFileSync(logFile, 'utf8');
  if (text === undefined || text.trim() === '') return askedOfServer(`/api/v0/logs?limit=${logLines}`, site, signal);
  return text
    .slice(-logBytes)
    .split('\n')
    .slice(-logLines - 1)
    .join('\n');
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
