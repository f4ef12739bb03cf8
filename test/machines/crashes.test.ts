import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { FleetHost } from '../support/fleet.ts';
import { Drill, type Random } from './drill.ts';
import { boots, eventually, machines, on, Site } from './site.ts';

const kills = 50;
/** In one operation, at the most. */
const killsEach = 6;

const strategy = {
  batch: [1, '25%', '100%'],
  promote: 'manual',
  gates: [{ command: 'systemctl is-active ssh' }, { tcp: 22 }],
  retries: 5,
  retry_backoff: 1,
};

/** What is done on each machine, and how often it was by now. */
interface Work {
  kind: string;
  parameters: Record<string, unknown>;
  times(machine: FleetHost): number;
}

test(`${kills} times kill -9 while ${machines.length} machines are worked on: nothing is lost, done twice or stuck`, async () => {
  const seed = Number(process.env.CRASH_SEED ?? Math.floor(Math.random() * 2 ** 32));
  console.log(`CRASH_SEED=${seed}`);
  const random = generator(seed);
  await using site = await Site.open(machines);
  const written: string[] = [];
  const begun: string[] = [];
  const moments: string[] = [];
  let retries = 0;

  while (moments.length < kills) {
    const work = begun.length % 2 === 0 ? restart : append();
    const { kind, parameters } = work;
    const body = { kind, parameters, target: 'cluster:web', strategy };
    const before = machines.map(work.times);
    const drill = new Drill(site, random);
    // One that comes after the canary, so that it is gone before its turn.
    const cutOff = machines[1 + Math.floor(random() * (machines.length - 1))];
    const [operation, killedAt] = await Promise.all([
      drill.drive(body, (name) => written.push(name)),
      drill.crash(Math.min(killsEach, kills - moments.length)),
      cutOff === undefined ? undefined : drill.outage(cutOff),
    ]);
    begun.push(operation.id);
    moments.push(...killedAt);

    const told = `operation ${begun.length}, ${kind}, ${cutOff?.name} was cut off, CRASH_SEED=${seed}`;
    expect(operation.status, `${told}: ${operation.reason} ${JSON.stringify(operation.results)}`).toBe('finished');
    const more = machines.map((machine, index) => work.times(machine) - (before[index] ?? 0));
    expect(more, told).toEqual(machines.map(() => 1));
    const { obstacles } = await site.client.operations.plan(body);
    expect(obstacles, told).toEqual([]);
    for (const machine of machines) await clearedAway(machine);
    retries += await retriesIn(site, operation.id);
  }

  const operations = await site.client.operations.list({ limit: 1000 });
  const known = operations.filter(({ kind }) => kind !== 'bootstrap').map(({ id }) => id);
  expect(known.toReversed()).toEqual(begun);
  const clusters = new Set(await site.client.clusters.list());
  expect(written.filter((name) => !clusters.has(name))).toEqual([]);
  console.log(`${moments.length} kills in ${begun.length} operations, ${written.length} other acknowledged writes,`);
  console.log(`${retries} retries of machines out of reach. Killed at:\n  ${moments.join('\n  ')}`);
  // Kills that all came before or after the work would prove nothing; nor would outages that nobody noticed.
  expect(moments.filter((moment) => /connecting|acting|rebooting|gating/.test(moment)).length).toBeGreaterThan(0);
  expect(written.length).toBeGreaterThan(kills);
  expect(retries).toBeGreaterThan(0);
});

const restart: Work = { kind: 'restart', parameters: {}, times: (machine) => boots(machine).length };

/** A command that outlives the connection and leaves a line each time it is run. */
function append(): Work {
  const path = `var/log/appended-${crypto.randomUUID()}`;
  return {
    kind: 'exec',
    parameters: { command: `echo once >>/${path}; sleep 1; echo done`, detached: true },
    times({ root }) {
      const file = join(root ?? '', path);
      return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
    },
  };
}

/** The run directory goes once the outcome is on disk, which may be a moment after the operation shows it. */
async function clearedAway(machine: FleetHost): Promise<void> {
  await eventually(async () => (await on(machine, 'ls -A /run/commissaire 2>/dev/null || true')) === '' || undefined);
}

/** How often a machine was taken up again other than by a server that had just started. */
async function retriesIn(site: Site, id: string): Promise<number> {
  const response = await site.server.request(`/api/v0/operation/${id}/journal?limit=10000`);
  const journal: Array<{ type: string; host?: string }> = JSON.parse(await response.text());
  let busy = new Set<string>();
  let retries = 0;
  for (const { type, host = '' } of journal) {
    if (type === 'operation_resumed') busy = new Set();
    if (type === 'host_resumed' && busy.has(host)) retries += 1;
    if (type === 'host_started' || type === 'host_resumed') busy.add(host);
  }
  return retries;
}

/** The numbers of mulberry32, which the seed determines. */
function generator(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
