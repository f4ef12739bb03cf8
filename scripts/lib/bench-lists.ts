/**
 * `scripts/bench lists`: how long a compiled server takes to answer `GET /hosts` over HTTP with 10,000 hosts in its
 * inventory: whole, by pages and by conditions, and again while hosts change; and how many requests for one host it
 * answers.
 */
import { loadavg } from 'node:os';
import { withInventory } from './bench-inventory.ts';
import { showRequestRate } from './bench-request-rate.ts';

const hosts = 10_000;
const rounds = 30;

interface Row {
  what: string;
  query: string;
  /** The wanted upper limit for the median, in milliseconds. */
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

const load = loadavg()[0] ?? 0;
await withInventory(hosts, async (inventory) => {
  const { url, headers, change } = inventory;
  console.log(`${hosts} hosts, ${rounds} rounds, milliseconds; load before ${load.toFixed(2)}\n`);
  const first = await timeOf(`${url}/api/v0/hosts?limit=50`, headers);
  console.log(`the first page after a start${ms(first).padStart(20)}`);
  const whole = await timeOf(`${url}/api/v0/hosts`, headers);
  console.log(`the first list after a start${ms(whole).padStart(20)}\n`);
  console.log(`${'GET /hosts'.padEnd(24)}median    worst    goal   median while a host changes before each`);
  for (const { what, query, goal } of rows) {
    const still = await repeat(() => timeOf(`${url}/api/v0/hosts${query}`, headers));
    const moving = await repeat(async (round) => {
      await change(round * 37);
      return timeOf(`${url}/api/v0/hosts${query}`, headers);
    });
    const cells = [ms(still.median), ms(still.worst), goal === undefined ? '' : `< ${goal}`, ms(moving.median)];
    console.log(`${what.padEnd(22)}${cells.map((cell) => cell.padStart(8)).join(' ')}`);
  }
  showRequestRate(inventory, hosts);
});

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
