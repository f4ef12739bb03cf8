/**
 * `scripts/bench scale [--runs N]`: the cost per host with 100, 1,000 and 10,000 hosts, for the SSH library alone and
 * for the compiled server with commctl. The hosts are ssh2 servers in separate processes on loopback, and have the
 * second processor to themselves. Writes docs/benchmarks/scale.svg.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from './bench-free-port.ts';
import { scalePlot } from './bench-scale-plot.ts';
import { ServedHosts, type ServedScale } from './bench-scale-server.ts';

export interface Scale {
  hosts: number;
  wall_s: number;
  cpu_s: number;
  rss_mb: number;
  highestLimit: number;
}

const sizes = [100, 1_000, 10_000];
const { values } = parseArgs({ options: { runs: { type: 'string', default: '3' } } });
const runs = Number(values.runs);
/** Listeners and their connections must fit into the descriptors of one process. */
const hostsPerProcess = 5_000;
const plot = join(import.meta.dirname, '../../docs/benchmarks/scale.svg');

const load = loadavg()[0] ?? 0;
const port = await freePort();
const directory = mkdtempSync(join(tmpdir(), 'bench-scale-'));
const fleet = await Promise.all([0, hostsPerProcess].map((first) => startHosts(first)));
try {
  const rows: Scale[] = [];
  for (const size of sizes) rows.push(await measure(size));
  report(rows);
  const served: ServedScale[] = [];
  for (const size of sizes) served.push(...(await measureServed(size)));
  reportServed(served, rows);
  mkdirSync(join(plot, '..'), { recursive: true });
  writeFileSync(plot, scalePlot(rows));
} finally {
  for (const process of fleet) process.kill();
  rmSync(directory, { recursive: true });
}

async function startHosts(first: number) {
  const program = join(import.meta.dirname, 'bench-scale-hosts.ts');
  const command = [
    'taskset',
    '-c',
    '1',
    process.execPath,
    program,
    String(first),
    String(hostsPerProcess),
    String(port),
  ];
  const child = Bun.spawn(command, {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  for await (const chunk of child.stdout) if (new TextDecoder().decode(chunk).includes('ready')) return child;
  throw new Error('the simulated hosts did not start');
}

/** Each time in a new process, so that its memory is that of this size. */
async function measure(size: number): Promise<Scale> {
  const data = join(directory, String(size));
  mkdirSync(data);
  const program = join(import.meta.dirname, 'bench-scale-ours.ts');
  const child = Bun.spawn(['taskset', '-c', '0', process.execPath, program, String(size), String(port), data], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const stdout = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`it did not come through with ${size} hosts`);
  return JSON.parse(stdout);
}

/** Several runs, because memory must come down again after each. */
async function measureServed(size: number): Promise<ServedScale[]> {
  const data = join(directory, `served-${size}`);
  mkdirSync(data, { mode: 0o700 });
  await using served = await ServedHosts.start(size, port, data);
  const found: ServedScale[] = [];
  for (let run = 0; run < runs; run += 1) {
    found.push(await served.exec());
    console.error(`${size} hosts, run ${run + 1} of ${runs}`);
  }
  return found;
}

function reportServed(rows: readonly ServedScale[], library: readonly Scale[]): void {
  console.log('\nthe same with the compiled server and commctl exec, and GET of one host meanwhile\n');
  console.log(
    ' hosts   wall s   CPU ms per host   of the library   commctl s   own MB   with files   GET ms: median    p99   most   afterwards ms: operations  operation  folded',
  );
  for (const { hosts, wall_s, cpu_s, client_s, own_mb, rss_mb, waits, after } of rows) {
    const alone = library.find((row) => row.hosts === hosts);
    const perHost = (cpu_s / hosts) * 1000;
    const ratio = alone === undefined ? 0 : cpu_s / alone.cpu_s;
    const cells = [
      String(hosts).padStart(6),
      wall_s.toFixed(2).padStart(8),
      perHost.toFixed(2).padStart(17),
      ratio.toFixed(2).padStart(16),
      client_s.toFixed(2).padStart(11),
      own_mb.toFixed(0).padStart(8),
      rss_mb.toFixed(0).padStart(12),
      waits.median.toFixed(1).padStart(16),
      waits.p99.toFixed(0).padStart(6),
      waits.most.toFixed(0).padStart(6),
      after.operations.toFixed(0).padStart(27),
      after.operation.toFixed(0).padStart(10),
      after.folded.toFixed(0).padStart(7),
    ];
    console.log(cells.join(' '));
  }
}

function report(rows: readonly Scale[]): void {
  console.log(`a command with 4 kB of output on each host, 1,000 at a time, every host for the first time`);
  console.log(
    `one of ${cpus().length} × ${cpus()[0]?.model}, the hosts have another; load before ${load.toFixed(2)}\n`,
  );
  console.log(' hosts   wall s    CPU s   CPU ms per host   peak MB   most handshakes at once');
  for (const { hosts, wall_s, cpu_s, rss_mb, highestLimit } of rows) {
    const cells = [
      String(hosts).padStart(6),
      wall_s.toFixed(2).padStart(8),
      cpu_s.toFixed(2).padStart(8),
      ((cpu_s / hosts) * 1000).toFixed(2).padStart(17),
      rss_mb.toFixed(0).padStart(9),
      String(highestLimit).padStart(24),
    ];
    console.log(cells.join(' '));
  }
}
