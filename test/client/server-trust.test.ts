import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ConnectOptions, connect } from '../../src/client/connect.ts';
import { type Authority, type Issued, makeAuthority } from '../support/certificates.ts';

let authority: Authority;
let issued: Issued;
let fingerprint: string;
/** What was asked for, with the credentials that came along. */
const received: string[] = [];
let server: Bun.Server<undefined>;
let other: Bun.Server<undefined>;

beforeAll(async () => {
  authority = await makeAuthority('servers');
  issued = await authority.issue({ address: '127.0.0.1' });
  fingerprint = new X509Certificate(issued.certificate).fingerprint256;
  server = serve(issued);
  other = serve(await authority.issue({ address: '127.0.0.1' }));
});

afterAll(async () => {
  await Promise.all([server.stop(true), other.stop(true)]);
});

/** Sends the certificate of the authority along, as a server set up with `init` does. */
function serve({ certificate, key }: Issued): Bun.Server<undefined> {
  return Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    tls: { cert: `${certificate}\n${authority.certificate}`, key },
    fetch: (request) => {
      received.push(request.headers.get('authorization') ?? '');
      return Response.json([]);
    },
  });
}

function ask(url: string, trust: ConnectOptions['trust']): Promise<unknown> {
  received.length = 0;
  const credentials = { username: 'a', password: 'b' };
  const client = connect({ endpoints: [url.replace(/\/$/, '')], credentials, retries: 0, ...(trust && { trust }) });
  return client.hosts.list();
}

const at = ({ url }: Bun.Server<undefined>) => url.href;
const byName = () => `https://localhost:${server.port}`;

describe('a server is believed', () => {
  test.each<[string, () => ConnectOptions['trust'], () => string]>([
    ['by its authority', () => ({ certificateAuthority: authority.certificate }), () => at(server)],
    ['by its fingerprint', () => ({ fingerprint }), () => at(server)],
    ['by the line of openssl', () => ({ fingerprint: `sha256 Fingerprint=${fingerprint}` }), () => at(server)],
    ['by its fingerprint, whatever it is called', () => ({ fingerprint }), byName],
    ['by both', () => ({ certificateAuthority: authority.certificate, fingerprint }), () => at(server)],
  ])('%s', async (_, trust, url) => {
    expect(await ask(url(), trust())).toEqual([]);
    expect(await ask(url(), trust())).toEqual([]);
    expect(received).toHaveLength(1);
  });
});

describe('a server is not sent any credentials', () => {
  const another = /its certificate has another fingerprint: ([0-9A-F]{2}:){31}[0-9A-F]{2}/;
  test.each<[string, () => Promise<ConnectOptions['trust']>, () => string, RegExp]>([
    [
      'of an unknown authority',
      async () => undefined,
      () => at(server),
      /authority this machine does not know: it was issued by "CN=servers"/,
    ],
    [
      'of another authority',
      async () => ({ certificateAuthority: (await makeAuthority('others')).certificate }),
      () => at(server),
      /^the certificate authority that was given does not fit .*issued by "CN=servers"; .*fingerprint .* is [0-9A-F:]{95}$/,
    ],
    ['with another fingerprint', async () => ({ fingerprint }), () => at(other), another],
    [
      'with another fingerprint, although its authority is right',
      async () => ({ certificateAuthority: authority.certificate, fingerprint }),
      () => at(other),
      another,
    ],
    [
      'of another name',
      async () => ({ certificateAuthority: authority.certificate }),
      byName,
      /its certificate is for another name: 127.0.0.1, and not for localhost$/,
    ],
  ])('%s', async (_, trust, url, reason) => {
    await expect(ask(url(), await trust())).rejects.toMatchObject({
      tried: [{ reason: expect.stringMatching(reason) }],
    });
    expect(received).toEqual([]);
  });

  test('that changed its certificate since', async () => {
    const client = connect({ endpoints: [at(server).slice(0, -1)], retries: 0, trust: { fingerprint } });
    await client.hosts.list();
    const { port } = server;
    await server.stop(true);
    const impostor = await authority.issue({ address: '127.0.0.1' });
    server = Bun.serve({
      port: port ?? 0,
      hostname: '127.0.0.1',
      tls: { cert: `${impostor.certificate}\n${authority.certificate}`, key: impostor.key },
      fetch: () => Response.json(['an impostor']),
    });
    await expect(client.hosts.list()).rejects.toMatchObject({ tried: [{ reason: expect.stringMatching(another) }] });
  });
});

test('a fingerprint that is none is refused at once', () => {
  expect(() => connect({ endpoints: [at(other)], trust: { fingerprint: 'AB:CD' } })).toThrow(TypeError);
});
