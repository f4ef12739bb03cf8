import { createServer, type Server } from 'node:net';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/lib/errors.ts';
import { type NodeReadiness, passGates } from '../../src/operations/gating.ts';
import { HttpGates } from '../../src/operations/http-gates.ts';
import type { HostWork } from '../../src/operations/kind.ts';
import { completed, type Strategy } from '../../src/operations/strategy.ts';
import { SteppedClock, Trial } from './support.ts';

/** Something that listens on loopback, with a port that can be opened and closed. */
function listener(): Promise<{ port: number } & AsyncDisposable> {
  const server: Server = createServer((socket) => socket.end());
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      resolve({
        port,
        [Symbol.asyncDispose]: () => new Promise((closed) => server.close(() => closed())),
      });
    });
  });
}

async function closedPort(): Promise<number> {
  await using open = await listener();
  return open.port;
}

class GatedWork implements HostWork {
  readonly operation = 'op';
  readonly reference = '44';
  readonly runId = 'op.act';
  readonly rebootTimeout = 600;
  readonly address = '127.0.0.1';
  readonly clock = new SteppedClock();
  readonly phases: string[] = [];
  readonly #leaving = new AbortController();
  constructor(readonly strategy: Strategy) {}
  get signal(): AbortSignal {
    return this.#leaving.signal;
  }
  leave(): void {
    this.#leaving.abort(new Error('left'));
  }
  outputBytes(): number {
    return 0;
  }
  async phase(phase: string): Promise<void> {
    this.phases.push(phase);
  }
  async intend(): Promise<void> {}
  async output(): Promise<void> {}
  session(): Promise<never> {
    return Promise.reject(new Error('nobody answers'));
  }
  dropSessions(): void {}
}

const allReady = { unready: async () => undefined };

function gating(given: Partial<Strategy>, nodes: NodeReadiness = allReady) {
  const strategy = completed(given);
  const work = new GatedWork(strategy);
  return {
    work,
    passed: passGates(work, strategy, { nodes, http: new HttpGates() }).then(
      () => 'passed',
      (error: unknown) => error,
    ),
  };
}

test('without gates a host is done at once, and never gating', async () => {
  const { work, passed } = gating({});
  expect([await passed, work.phases]).toEqual(['passed', []]);
});

test('an open port passes', async () => {
  await using open = await listener();
  const { work, passed } = gating({ gates: [{ tcp: open.port }] });
  expect([await passed, work.phases]).toEqual(['passed', ['gating']]);
});

test('min_healthy_time: the gate has to hold all along', async () => {
  await using open = await listener();
  const { work, passed } = gating({ gates: [{ tcp: open.port }], min_healthy_time: 1, healthy_deadline: 1 });
  await work.clock.pass(0.5);
  await work.clock.pass(0.5);
  expect(await passed).toBe('passed');
});

test('healthy_deadline: a gate that stays closed fails the host, naming it and why', async () => {
  const port = await closedPort();
  const { work, passed } = gating({ gates: [{ tcp: port }], healthy_deadline: 1 });
  for (let step = 0; step < 3; step += 1) await work.clock.pass(0.5);
  expect(await passed).toMatchObject({
    code: 'gate_failed',
    message: expect.stringContaining(`127.0.0.1 is not healthy after 1 s: this does not hold: TCP port ${port} open (`),
  });
});

test('a command gate on a machine that cannot be reached is closed', async () => {
  const { work, passed } = gating({ gates: [{ command: 'true' }], healthy_deadline: 0.1 });
  await work.clock.pass(0.5);
  expect(await passed).toMatchObject({ code: 'gate_failed', message: expect.stringContaining('nobody answers') });
});

describe('HTTP', () => {
  test.each([
    [200, 'passed'],
    [204, 'passed'],
    [503, expect.objectContaining({ code: 'gate_failed', message: expect.stringContaining('it answered 503') })],
  ])('an answer with %i', async (status, result) => {
    using server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response(null, { status }) });
    const { work, passed } = gating({ gates: [{ http: `http://{address}:${server.port}/` }], healthy_deadline: 0.1 });
    if (status === 503) await work.clock.pass(0.5);
    expect(await passed).toEqual(result);
  });
});

describe('a node', () => {
  const gates = [{ node_ready: true as const }];

  test('that is ready passes', async () => {
    expect(await gating({ gates }).passed).toBe('passed');
  });

  test('that becomes ready passes then', async () => {
    let reason: string | undefined = 'not yet';
    const { work, passed } = gating({ gates }, { unready: async () => reason });
    await work.clock.asleep();
    reason = undefined;
    await work.clock.pass(0.5);
    expect(await passed).toBe('passed');
  });

  test.each(['says that it is not', 'cannot tell'])('whose manager %s fails the host', async (what) => {
    const unready = async () => {
      if (what === 'cannot tell') throw new AppError('container_manager_failed', what);
      return what;
    };
    const { work, passed } = gating({ gates, healthy_deadline: 0.1 }, { unready });
    await work.clock.pass(0.5);
    const message = expect.stringContaining(`its node is ready, says the container manager (${what})`);
    expect(await passed).toMatchObject({ code: 'gate_failed', message });
  });
});

test('all gates have to hold', async () => {
  await using open = await listener();
  const { work, passed } = gating({ gates: [{ tcp: open.port }, { tcp: await closedPort() }], healthy_deadline: 0.1 });
  await work.clock.pass(0.5);
  expect(await passed).toMatchObject({ code: 'gate_failed' });
});

test('whoever leaves the host stops waiting', async () => {
  const { work, passed } = gating({ gates: [{ tcp: await closedPort() }], min_healthy_time: 1 });
  await work.clock.asleep();
  work.leave();
  expect(await passed).toMatchObject({ message: 'left' });
});

describe('in a run', () => {
  // Nothing listens at a host of a trial: its name is not known.
  const gates = [{ tcp: 1 }];

  test('a host whose gates do not hold has failed, with the exit code of what was done', async () => {
    await using trial = await new Trial('s s').start({ gates, healthy_deadline: 0 });
    await trial.clock.pass(1);
    expect(await trial.end()).toMatchObject({ status: 'failed', states: 'fc', taken: '1' });
    const [host] = (await trial.views.get(trial.id)).results;
    expect(host).toMatchObject({ exit_code: 0, error: { code: 'gate_failed' } });
  });

  test('one that takes too long over its gates is not ended: what was done there is over', async () => {
    await using trial = await new Trial('h').start({ gates, timeout: 0.2 });
    trial.kind.release('h01');
    expect(await trial.end()).toMatchObject({ status: 'failed', states: 'f' });
    expect((await trial.views.get(trial.id)).results[0]?.error?.code).toBe('timed_out');
    expect(trial.kind).toMatchObject({ cutOff: [], tidied: ['h01'] });
  });

  test('cancelled now while gating', async () => {
    await using trial = await new Trial('s s').start({ gates });
    await trial.clock.asleep();
    expect((await trial.views.get(trial.id)).results[0]?.phase).toBe('gating');
    await trial.operations.cancel(trial.id, 'ann', { now: true });
    expect(await trial.end()).toMatchObject({ status: 'cancelled', states: 'cc' });
  });
});
