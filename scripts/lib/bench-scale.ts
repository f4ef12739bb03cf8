/**
 * `scripts/bench scale`: what a host costs when there are 100, 1,000 and 10,000 of them. The hosts are ssh2 servers in
 * processes of their own on loopback. Writes docs/benchmarks/scale.svg.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './bench-free-port.ts';
import { scalePlot } from './bench-scale-plot.ts';

export interface Scale {
  hosts: number;
  wall_s: number;
  cpu_s: number;
  rss_mb: number;
  highestLimit: number;
}

const sizes = [100, 1_000, 10_000];
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
  mkdirSync(join(plot, '..'), { recursive: true });
  writeFileSync(plot, scalePlot(rows));
} finally {
  for (const process of fleet) process.kill();
  rmSync(directory, { recursive: true });
}

async function startHosts(first: number) {
  const program = join(import.meta.dirname, 'bench-scale-hosts.ts');
  const child = Bun.spawn([process.execPath, program, String(first), String(hostsPerProcess), String(port)], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  for await (const chunk of child.stdout) if (new TextDecoder().decode(chunk).includes('ready')) return child;
  throw new Error('the simulated hosts did not start');
}

/** In a process of its own each time, so that its memory is that of this size. */
async function measure(size: number): Promise<Scale> {
  const data = join(directory, String(size));
  mkdirSync(data);
  const program = join(import.meta.dirname, 'bench-scale-ours.ts');
  const child = Bun.spawn([process.execPath, program, String(size), String(port), data], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const stdout = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`it did not come through with ${size} hosts`);
  return JSON.parse(stdout);
}

function report(rows: readonly Scale[]): void {
  console.log(`a command with 4 kB of output on each host, 1,000 at a time, every host for the first time`);
  console.log(`${cpus().length} × ${cpus()[0]?.model}, shared with the hosts; load before ${load.toFixed(2)}\n`);
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
