import { describe, expect, test } from 'vitest';
import { connect, ProblemError } from '../../src/client/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { TestServer } from '../cli/support/server.ts';
import { closedPort, startServer } from '../support/server.ts';
import { makeSshKey } from '../support/ssh-key.ts';

const host = '/api/v0/host/192.0.2.7';
/** Nothing here is about how long pauses are. */
const clock = { ...systemClock, sleep: async (_: number, signal?: AbortSignal) => signal?.throwIfAborted() };

/** A host whose events go to those who follow at that moment, and to nobody who comes later. */
class Site implements Disposable {
  status = 'investigating';
  reads = 0;
  follows = 0;
  readonly filters: (string | null)[] = [];
  readonly server: TestServer;
  /** Called with the number of the read while the host is being read, its state already taken. */
  onRead: (read: number) => void = () => {};
  readonly #followers = new Set<ReadableStreamDefaultController<Uint8Array>>();

  constructor() {
    this.server = new TestServer({
      [`GET ${host}`]: () => {
        this.reads += 1;
        const { status } = this;
        this.onRead(this.reads);
        return Response.json({ status });
      },
      'GET /api/v0/events': ({ path }) => {
        this.follows += 1;
        this.filters.push(new URL(path, 'http://x').searchParams.get('filter'));
        let mine: ReadableStreamDefaultController<Uint8Array>;
        const body = new ReadableStream<Uint8Array>({
          start: (controller) => {
            mine = controller;
            this.#followers.add(controller);
            controller.enqueue(new TextEncoder().encode('retry: 1000\nid: 1\n\n'));
          },
          cancel: () => void this.#followers.delete(mine),
        });
        return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
      },
    });
  }

  become(status: string): void {
    this.status = status;
    const event = { sequence: 2, at: '', type: 'host', action: 'updated', key: '192.0.2.7' };
    const block = `id: 2\nevent: host.updated\ndata: ${JSON.stringify(event)}\n\n`;
    for (const follower of this.#followers) follower.enqueue(new TextEncoder().encode(block));
  }

  hangUp(): void {
    for (const follower of this.#followers) follower.close();
    this.#followers.clear();
  }

  wait(status: string, signal?: AbortSignal) {
    const client = connect({ endpoints: [this.server.url], clock });
    return client.hosts.waitFor('192.0.2.7', (found) => found.status === status, signal);
  }

  [Symbol.dispose](): void {
    this.server[Symbol.dispose]();
  }
}

describe('no change is missed', () => {
  test('that comes right after the first look', async () => {
    using site = new Site();
    site.onRead = (read) => read === 1 && site.become('active');
    expect(await site.wait('active')).toMatchObject({ status: 'active' });
    expect(site.filters).toEqual(['host.*.192.0.2.7']);
  });

  test('that comes while the answer to a look is under way, however many there are', async () => {
    using site = new Site();
    site.onRead = (read) => {
      if (read < 5) site.become(read === 4 ? 'active' : `state ${read}`);
    };
    expect(await site.wait('active')).toMatchObject({ status: 'active' });
    expect(site.reads).toBe(5);
  });

  test('that comes while nobody is connected', async () => {
    using site = new Site();
    site.onRead = (read) => {
      if (read !== 1) return;
      site.hangUp();
      site.become('active');
    };
    expect(await site.wait('active')).toMatchObject({ status: 'active' });
    expect(site.follows).toBe(2);
  });

  test('of a real server, each of many', async () => {
    await using server = await startServer();
    const credentials = { username: 'tester', password: 'of the tests' };
    const client = connect({ endpoints: [server.url], credentials });
    const address = '2001:db8::7';
    await client.hosts.create(address, { ssh_priv_key: makeSshKey().privateFile, port: closedPort });
    for (let round = 0; round < 20; round += 1) {
      const wanted = client.hosts.waitFor('2001:DB8:0::7', ({ labels }) => labels.round === String(round));
      const [found] = await Promise.all([wanted, client.hosts.changeLabels(address, { round: String(round) })]);
      expect(found).toMatchObject({ address, labels: { round: String(round) } });
    }
  });
});

describe('it ends', () => {
  test('at once when it is as wanted already', async () => {
    using site = new Site();
    await site.wait('investigating');
    expect([site.reads, site.follows]).toEqual([1, 1]);
  });

  test('with the reason of the signal', async () => {
    using site = new Site();
    const controller = new AbortController();
    site.onRead = () => controller.abort(new Error('enough'));
    await expect(site.wait('active', controller.signal)).rejects.toThrow('enough');
  });

  test('with a refusal, and with what the predicate throws', async () => {
    using none = new TestServer({});
    const waits = connect({ endpoints: [none.url], clock }).operations.waitFor('o', () => true);
    await expect(waits).rejects.toThrow(ProblemError);
    using site = new Site();
    const failing = connect({ endpoints: [site.server.url], clock }).hosts.waitFor('192.0.2.7', () => {
      throw new Error('not like this');
    });
    await expect(failing).rejects.toThrow('not like this');
  });

  test('after five minutes without a server', async () => {
    using site = new Site();
    let elapsed = 0;
    const sleep = async (ms: number) => {
      elapsed += ms;
    };
    const client = connect({
      endpoints: [site.server.url],
      clock: { ...systemClock, monotonic: () => elapsed, sleep },
    });
    site.onRead = () => {
      site.hangUp();
      site.server[Symbol.dispose]();
    };
    await expect(client.hosts.waitFor('192.0.2.7', () => false)).rejects.toThrow('No servers could be reached');
    expect(elapsed).toBeGreaterThanOrEqual(300_000);
  });
});

test('anything that can be read can be waited for', async () => {
  using site = new Site();
  let members: string[] = [];
  using server = new TestServer({ 'GET /api/v0/cluster/web/hosts': () => Response.json(members) });
  const events = connect({ endpoints: [site.server.url], clock });
  const clusters = connect({ endpoints: [server.url], clock }).clusters;
  const read = async () => {
    const seen = await clusters.members('web');
    members = ['192.0.2.7'];
    site.become('active');
    return seen;
  };
  expect(await events.waitFor({ filter: ['cluster.*.web', 'host'], read }, ({ length }) => length > 0)).toEqual(
    members,
  );
  expect(site.filters).toEqual(['cluster.*.web,host']);
});
