import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { HttpGates } from '../../src/operations/http-gates.ts';
import { operationRecords, readState } from '../../src/operations/records.ts';
import { migrateFromFirst } from '../support/migrated.ts';
import { engineOn, kindOf, request, temporaryStore, writtenDown } from './support.ts';

/** The machine of these gates, and another address of this machine, which it is not. */
const [machine, elsewhere] = ['127.66.0.1', '127.66.0.2'];

const never = new AbortController().signal;

/** Answers at every loopback address, and notes who was asked for. */
function loopback(answer: (path: string) => Response = () => new Response()) {
  const asked: string[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: '0.0.0.0',
    fetch: (request) => {
      asked.push(`${request.headers.get('host')}${new URL(request.url).pathname}`);
      return answer(new URL(request.url).pathname);
    },
  });
  return { asked, port: Number(server.port), [Symbol.dispose]: () => void server.stop(true) };
}

async function ask(gates: HttpGates, template: string): Promise<string> {
  return gates.ask(template, machine, never).then(
    () => 'open',
    (error: Error) => error.message,
  );
}

describe('without destinations', () => {
  const gates = new HttpGates();

  test('the machine is asked, whatever its URL', async () => {
    using server = loopback();
    for (const template of [`http://{address}:${server.port}/a`, `http://${machine}:${server.port}/b?{address}`]) {
      expect([gates.fault(template, machine), await ask(gates, template)]).toEqual([undefined, 'open']);
    }
    // The same address in other forms.
    const number = machine.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    for (const host of [
      String(number),
      `0x${number.toString(16)}`,
      '0177.066.0.1',
      '127.66.1',
      `[::ffff:${machine}]`,
    ]) {
      const expected = host === '0177.066.0.1' ? expect.stringContaining('127.54.0.1') : undefined;
      expect(gates.fault(`http://${host}:${server.port}/`, machine)).toEqual(expected);
    }
    expect(server.asked).toEqual([`${machine}:${server.port}/a`, `${machine}:${server.port}/b`]);
  });

  test.each([
    ['another address', `http://${elsewhere}/`],
    ['another address, as a number', 'http://2135031810/'],
    ['another address, in octal', 'http://0177.0102.0.2/'],
    ['another address, as IPv6', `http://[::ffff:${elsewhere}]/`],
    ['the server itself', 'http://localhost/'],
    ['the metadata of a cloud', 'http://169.254.169.254/latest/meta-data'],
    ['a name', 'http://lb.example.com/'],
    ['a name that begins with the address', 'http://{address}.example.com/'],
    ['a name before which the address is a user', 'http://{address}@lb.example.com/'],
    ['a user', 'http://user:secret@{address}/'],
    ['a backslash', 'http://lb.example.com\\@{address}/'],
    ['another protocol', 'httpsx://{address}/'],
    ['no URL', 'http://{address}:99999/'],
    ['no host', 'http://a..b/'],
  ])('%s is refused before it is asked, and when it is', async (_, template) => {
    expect(gates.fault(template, machine)).toEqual(expect.any(String));
    expect(await ask(gates, template)).not.toBe('open');
  });

  test('what the machine redirects to is asked of it only', async () => {
    using server = loopback((path) => {
      const [, to = ''] = /^\/to\/(.*)$/.exec(path) ?? [];
      return to === '' ? new Response() : Response.redirect(decodeURIComponent(to), 302);
    });
    const to = (location: string) => `http://{address}:${server.port}/to/${encodeURIComponent(location)}`;
    expect(await ask(gates, to('/done'))).toBe('open');
    expect(await ask(gates, to(`http://${machine}:${server.port}/done`))).toBe('open');
    server.asked.length = 0;
    for (const location of [`http://${elsewhere}:${server.port}/done`, 'file:///etc/passwd', 'ftp://127.66.0.1/']) {
      expect(await ask(gates, to(location))).not.toBe('open');
    }
    expect(server.asked.filter((each) => each.endsWith('/done'))).toEqual([]);
  });

  test('redirects come to an end', async () => {
    using server = loopback((path) => Response.redirect(`/${Number(path.slice(1)) - 1}`, 307));
    expect(await ask(gates, `http://{address}:${server.port}/90`)).toContain('more than 5 redirects');
    expect(server.asked).toHaveLength(6);
  });

  test('an answer other than 2xx is none', async () => {
    using server = loopback(() => new Response(null, { status: 304 }));
    expect(await ask(gates, `http://{address}:${server.port}/`)).toBe('it answered 304');
  });
});

describe('with destinations', () => {
  /** Names that the tests resolve; nothing asks the system. */
  const resolving = (destinations: readonly string[], ...addresses: string[]) =>
    new HttpGates(destinations, async () => addresses);

  test('an address that is allowed is asked, at its port', async () => {
    using server = loopback();
    const gates = resolving([`${elsewhere}:${server.port}`]);
    const allowed = `http://${elsewhere}:${server.port}/`;
    expect([gates.fault(allowed, machine), await ask(gates, allowed)]).toEqual([undefined, 'open']);
    expect(gates.fault(`http://${elsewhere}:1/`, machine)).toContain('gate-destinations');
  });

  test('a name that is allowed is asked, whatever it resolves to', async () => {
    using server = loopback();
    const gates = resolving(['localhost']);
    const template = `http://localhost:${server.port}/`;
    expect([gates.fault(template, machine), await ask(gates, template)]).toEqual([undefined, 'open']);
  });

  test('of a name the address is asked that is allowed, by the name', async () => {
    using server = loopback();
    const gates = resolving(['127.66.0.0/24'], '169.254.169.254', elsewhere);
    const template = `http://name.example:${server.port}/page`;
    expect([gates.fault(template, machine), await ask(gates, template)]).toEqual([undefined, 'open']);
    expect(server.asked).toEqual([`name.example:${server.port}/page`]);
  });

  test('a name without an address that is allowed is not asked', async () => {
    using server = loopback();
    const gates = resolving(['127.66.0.0/24'], '127.66.1.1', '::ffff:127.66.1.2', 'fe80::1%eth0');
    expect(await ask(gates, `http://name.example:${server.port}/`)).toContain('gate-destinations');
    expect(server.asked).toEqual([]);
  });

  test('a name is looked up once for each request: it is not another address when that is connected to', async () => {
    using server = loopback();
    const answers = [[elsewhere], ['127.66.9.9']];
    const gates = new HttpGates([elsewhere], async () => answers.shift() ?? []);
    expect(await ask(gates, `http://name.example:${server.port}/`)).toBe('open');
    expect(answers).toEqual([['127.66.9.9']]);
  });

  test('redirects go where the machines and the destinations are', async () => {
    using server = loopback((path) =>
      path === '/' ? Response.redirect(`http://${elsewhere}:${server.port}/done`) : new Response(),
    );
    const template = `http://{address}:${server.port}/`;
    expect(await ask(resolving([elsewhere]), template)).toBe('open');
    expect(await ask(resolving(['127.66.0.3']), template)).toContain('gate-destinations');
  });

  test('over TLS the other side has to show that it is the name', async () => {
    const greeting = Promise.withResolvers<string>();
    const server = createServer((socket) => {
      socket.once('data', (chunk) => {
        greeting.resolve(chunk.toString('latin1'));
        socket.destroy();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, elsewhere, resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      expect(await ask(resolving([elsewhere], elsewhere), `https://name.example:${port}/`)).not.toBe('open');
      // The name that is asked for, which the certificate has to be for (RFC 6066, 3).
      expect(await greeting.promise).toContain('name.example');
    } finally {
      server.close();
    }
  });

  test('a name that is never resolved is given up with the host', async () => {
    const gates = new HttpGates([elsewhere], () => new Promise(() => {}));
    const left = AbortSignal.abort(new Error('left'));
    await expect(gates.ask('http://name.example/', machine, left)).rejects.toThrow('left');
  });
});

describe('in an operation', () => {
  const gates = (port: number) => [{ http: `http://${elsewhere}:${port}/` }];
  const done = kindOf({ run: async () => ({ state: 'succeeded', exit_code: 0, error: null }) });

  test('one that leads elsewhere is refused at the start, naming the option', async () => {
    await using store = temporaryStore();
    const engine = engineOn(store, [done]);
    const asked = request({ cluster: '', target: 'x', strategy: { gates: gates(1) } });
    await expect(engine.start(asked, async () => [machine])).rejects.toMatchObject({
      code: 'invalid_member',
      message: expect.stringContaining('gate-destinations'),
      details: { member: '/strategy/gates', host: machine },
    });
    await engine.stop();
  });

  test.each([
    ['an operation of an earlier version keeps it', true, 'succeeded'],
    ['any other does not, once the option is another', false, 'failed'],
  ])('%s', async (_, isEarlier, state) => {
    using server = loopback();
    await using store = temporaryStore();
    const httpGates = new HttpGates([elsewhere]);
    const strategy = { gates: gates(server.port), healthy_deadline: 0 };
    const asked = request({ cluster: '', target: 'x', strategy });
    const { id } = await writtenDown(store, asked, [machine], { httpGates });
    await store.transact(async (tx) => {
      const record = (await tx.get(operationRecords, id))?.value;
      if (record === undefined) throw new Error('the operation is not there');
      const { gates_checked: _, ...earlier } = record;
      if (isEarlier) tx.put<unknown>(operationRecords, id, earlier);
    });
    await migrateFromFirst(store);
    const engine = engineOn(store, [done]);
    await engine.resume();
    await engine.released(id);
    const host = (await readState(store, id)).hosts.get(machine);
    expect(host).toMatchObject({ state });
    expect(server.asked).toHaveLength(isEarlier ? 1 : 0);
    if (!isEarlier) expect(host?.error?.message).toContain('gate-destinations');
    await engine.stop();
  });
});
