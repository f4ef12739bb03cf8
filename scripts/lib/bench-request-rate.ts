import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addressOf, type Inventory } from './bench-inventory.ts';

const rounds = 5;
const seconds = 4;
/** The wanted requests a second on two processors, of which wrk uses a part. */
const goal = 15_000;

interface Rate {
  perSecond: number;
  /** Milliseconds in which 99 of 100 requests were answered. */
  p99: number;
}

/** How many requests for one host are answered in a second, in turns with a route without authentication. */
export function showRequestRate({ url, headers, directory }: Inventory, hosts: number): void {
  const script = join(directory, 'hosts.lua');
  writeFileSync(script, anyHost(hosts, headers.authorization));
  const measured = Array.from({ length: rounds }, () => ({
    host: rateOf(['--script', script, url]),
    live: rateOf([`${url}/livez`]),
  }));
  const host = medianOf(measured.map((round) => round.host));
  const live = medianOf(measured.map((round) => round.live));
  console.log(`\nrequests              per second    p99 ms    goal`);
  console.log(`GET /host/{address}   ${cellsOf(host)}    > ${goal}`);
  console.log(`GET /livez            ${cellsOf(live)}`);
  console.log(`the first to the second ${(host.perSecond / live.perSecond).toFixed(2)}`);
}

function cellsOf({ perSecond, p99 }: Rate): string {
  return `${perSecond.toFixed(0).padStart(10)}${p99.toFixed(1).padStart(10)}`;
}

/** A script for wrk that requests random hosts of the inventory, with credentials. */
function anyHost(hosts: number, authorization: string): string {
  const addresses = Array.from({ length: hosts }, (_, index) => `"${addressOf(index)}"`).join(',');
  return `
local addresses = {${addresses}}
wrk.headers["Authorization"] = "${authorization}"
function request() return wrk.format("GET", "/api/v0/host/" .. addresses[math.random(#addresses)]) end
`;
}

function rateOf(words: readonly string[]): Rate {
  const args = ['--threads', '1', '--connections', '32', '--duration', `${seconds}s`, '--latency', ...words];
  const { stdout, stderr } = spawnSync('wrk', args, { encoding: 'utf8' });
  const perSecond = /^Requests\/sec:\s+([\d.]+)$/m.exec(stdout)?.[1];
  const [, p99, unit] = /^\s+99%\s+([\d.]+)(us|ms|s)$/m.exec(stdout) ?? [];
  const failed = /Non-2xx|Socket errors/.test(stdout);
  if (perSecond === undefined || p99 === undefined || failed) throw new Error(`wrk: ${stdout}${stderr}`);
  return { perSecond: Number(perSecond), p99: Number(p99) * (unit === 'us' ? 0.001 : unit === 's' ? 1000 : 1) };
}

function medianOf(rates: readonly Rate[]): Rate {
  const median = rates.toSorted((one, other) => one.perSecond - other.perSecond)[Math.floor(rates.length / 2)];
  if (median === undefined) throw new Error('nothing was measured');
  return median;
}
