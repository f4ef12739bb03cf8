/**
 * A server that knows one kind, a workflow of steps on a real machine, and holds still at one point of it:
 *
 *   workflow.ts DATA_DIR ADDRESS KEY_FILE GOES_WELL POINT
 *
 * Begins the operation in a new data directory, and takes it up in one that has it. Prints `at POINT` when it has come to
 * that point and waits there to be killed; without a point it goes on to the end, and prints the state of the host and its
 * error as JSON.
 */
import { existsSync, readFileSync } from 'node:fs';
import { Type as t } from '@sinclair/typebox';
import { systemClock } from '../../../src/lib/clock.ts';
import { timeOrderedId } from '../../../src/lib/ids.ts';
import { Disruptions } from '../../../src/operations/disruptions.ts';
import { Engine } from '../../../src/operations/engine.ts';
import type { HostOutcome } from '../../../src/operations/entry.ts';
import { type HostWork, type Kind, type Step, succeeded } from '../../../src/operations/kind.ts';
import { detachedStep } from '../../../src/operations/kinds/detached-step.ts';
import { rebootStep } from '../../../src/operations/kinds/reboot.ts';
import { operationRecords, readState } from '../../../src/operations/records.ts';
import { HostKeys } from '../../../src/ssh/host-keys.ts';
import { SessionPool } from '../../../src/ssh/pool.ts';
import { openLmdbStore } from '../../../src/store/lmdb.ts';

const [directory = '', address = '', keyFile = '', goesWell = '', point = ''] = process.argv.slice(2);

/** Waits at the point to be killed. */
async function reached(name: string): Promise<void> {
  if (name !== point) return;
  console.log(`at ${name}`);
  await new Promise(() => undefined);
}

async function onMachine(work: HostWork, script: string): Promise<void> {
  using lease = await work.session();
  const { exitCode, stderr } = await lease.session.exec(script, { deadlineMs: 60_000, signal: work.signal });
  if (exitCode !== 0) throw new Error(`${script}: ${stderr}`);
}

/** Leaves a mark on the machine once, and a line in its list of effects for each time that it really did. */
function mark(name: string, outcome: HostOutcome = succeeded(null)): Step {
  const complete = async (work: HostWork) => {
    await reached(`${name} intended`);
    await onMachine(work, `[ -e /root/${name} ] || { echo ${name} >>/root/effects; : >/root/${name}; }`);
    await reached(`${name} done`);
    return outcome;
  };
  return {
    name,
    acts: [name],
    async run(work) {
      await work.intend({ act: name });
      return complete(work);
    },
    judge: complete,
    async undo(work) {
      await reached(`${name} to be undone`);
      await onMachine(work, `[ ! -e /root/${name} ] || { echo -${name} >>/root/effects; rm /root/${name}; }`);
      await reached(`${name} undone`);
    },
  };
}

/** Any step, with points before and after it. */
function watched(step: Step): Step {
  const after = async (outcome: HostOutcome) => {
    await reached(`${step.name} done`);
    return outcome;
  };
  return {
    ...step,
    async run(work) {
      await reached(`${step.name} begun`);
      return after(await step.run(work));
    },
    judge: async (work, intent) => after(await step.judge(work, intent)),
  };
}

const bad: HostOutcome = { state: 'failed', exit_code: 3, error: { code: 'command_failed', message: 'as planned' } };
const detached = detachedStep({ name: 'detached', command: () => ({ command: 'echo detached >>/root/effects' }) });
const steps = [
  mark('drain'),
  watched(detached),
  watched(rebootStep()),
  mark('settle', goesWell === 'yes' ? undefined : bad),
];
const kind: Kind = { name: 'workflow', parameters: t.Object({}), steps: () => steps };

const isNew = !existsSync(directory);
const clock = systemClock;
const store = openLmdbStore({ directory, clock });
const privateKey = readFileSync(keyFile).toString('base64');
const log = (details: object, message: string) => console.error(message, JSON.stringify(details));
const logger = { debug: () => undefined, info: () => undefined, warn: log, error: log, child: () => logger };
const engine = new Engine({
  store,
  leases: store.leases,
  clock,
  newId: timeOrderedId,
  kinds: [kind],
  pool: new SessionPool({ hostKeys: new HostKeys(store, clock), clock }),
  disruptions: new Disruptions(store),
  target: async () => ({ address, port: 22, user: 'root', privateKey }),
  logger,
  nodes: { unready: async () => undefined },
});
if (isNew) {
  const asked = { kind: 'workflow', parameters: {}, cluster: '', target: `host:${address}`, requestedBy: 'tester' };
  await engine.start({ ...asked, strategy: {} }, async () => [address]);
} else await engine.resume();
const [operation] = await Array.fromAsync(store.list(operationRecords));
if (operation === undefined) throw new Error('there is no operation');
await engine.released(operation.key);
const { hosts } = await readState(store, operation.key);
const host = hosts.get(address);
console.log(JSON.stringify({ state: host?.state, exit_code: host?.exit_code, error: host?.error }));
process.exit(0);
