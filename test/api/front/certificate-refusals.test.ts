import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listenInFront } from '../../../src/api/front/front.ts';
import { recordingLogger, standingClock } from '../../auth/support.ts';
import { type Authority, makeAuthority } from '../../support/certificates.ts';
import { makeOpensslAuthority, type OpensslAuthority } from '../../support/openssl.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { until } from '../../support/until.ts';

const directory = temporaryDirectory();
let site: Authority;
let openssl: OpensslAuthority;

beforeAll(async () => {
  site = await makeAuthority('the site');
  openssl = makeOpensslAuthority(directory.path);
});
afterAll(() => directory[Symbol.dispose]());

/** A server that asks for certificates of both authorities. */
async function asking() {
  const { certificate, key } = await site.issue({ address: '127.0.0.1' });
  const clock = standingClock();
  const logger = recordingLogger();
  const asked: string[] = [];
  const listener = await listenInFront(
    async (request) => {
      asked.push(request.url);
      return new Response('come in');
    },
    {
      address: '127.0.0.1',
      port: 0,
      tls: {
        pem: `${certificate}\n${key}`,
        clientAuthorities: `${site.certificate}\n${readFileSync(openssl.certificate, 'utf8')}`,
      },
      limits: { total: 100, perAddress: 100 },
      isProxy: () => false,
      clock,
      logger,
    },
  );
  const refusals = () => logger.lines.filter((line) => line.includes('a client certificate was refused'));
  const port = Number(new URL(listener.url).port);
  return { port, clock, asked, refusals, [Symbol.asyncDispose]: () => listener.stop() };
}

interface Shown {
  certificate: string;
  key: string;
}

function files(name: string, { certificate, key }: Shown): string[] {
  const path = (kind: string) => join(directory.path, `${name}.${kind}`);
  writeFileSync(path('cert'), certificate);
  writeFileSync(path('key'), key);
  return ['-cert', path('cert'), '-key', path('key')];
}

/** All that `openssl s_client` says, which sends one request. */
async function shownTo(port: number, version: string, own: string[]): Promise<string> {
  const client = promisify(execFile)('openssl', [
    's_client',
    '-connect',
    `127.0.0.1:${port}`,
    version,
    '-ign_eof',
    ...own,
  ]);
  client.child.stdin?.end('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  const { stdout, stderr } = await client.catch((error: unknown) => ({ stdout: '', stderr: '', ...Object(error) }));
  return `${stdout}${stderr}`;
}

const hour = 3_600_000;
const from = (hours: number) => ({
  notBefore: new Date(Date.now() + hours * hour),
  notAfter: new Date(Date.now() + (hours + 1) * hour),
});

const cases: [string, () => Promise<Shown> | undefined, string | undefined, string][] = [
  [
    'of an unknown CA',
    async () => (await makeAuthority('others')).issue({ name: 'jump1' }),
    'CN=jump1',
    'it comes from a CA that tls-clientverifyfile does not have',
  ],
  ['that has expired', () => site.issue({ name: 'old' }, from(-3)), 'CN=old', 'it has expired'],
  ['of the future', () => site.issue({ name: 'young' }, from(2)), 'CN=young', 'it is not valid yet'],
  [
    'for servers',
    async () => {
      const { certificate, key } = openssl.issue('web1', 'extendedKeyUsage=serverAuth');
      return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
    },
    'CN=web1',
    'its extended key usage does not allow a client (clientAuth)',
  ],
  ['that is not shown', () => undefined, undefined, 'the client showed none'],
];

const versions = ['-tls1_2', '-tls1_3'];

test.each(versions.flatMap((version) => cases.map((each) => [version, ...each] as const)))(
  'with %s a client certificate %s is refused, and the log says why',
  async (version, name, issue, subject, reason) => {
    await using server = await asking();
    const shown = await issue();
    const own = shown === undefined ? [] : files(name.replaceAll(' ', '-'), shown);
    const said = await shownTo(server.port, version, own);
    await until(() => server.refusals().length > 0);
    expect(server.refusals()).toHaveLength(1);
    const [line = ''] = server.refusals();
    expect(line).toContain('"peer":"127.0.0.1"');
    expect(line).toContain(JSON.stringify(reason));
    if (subject === undefined) expect(line).not.toContain('subject');
    else expect(line).toContain(subject);
    expect(server.asked).toEqual([]);
    expect(said).not.toContain('come in');
    // The runtime verifies after the handshake, and TLS then has no way to tell the client.
    if (shown === undefined) expect(said).toMatch(/alert (handshake failure|certificate required)/);
  },
);

test.each(versions)('with %s a good one is taken, and nothing is logged', async (version) => {
  await using server = await asking();
  const said = await shownTo(server.port, version, files('good', await site.issue({ name: 'jump1' })));
  expect(said).toContain('come in');
  expect(server.asked).toHaveLength(1);
  expect(server.refusals()).toEqual([]);
});

test('a sender has one line a minute, with the number of those between', async () => {
  await using server = await asking();
  const { certificate: cert, key } = await (await makeAuthority('others')).issue({ name: `CN=a${'x'.repeat(60)}` });
  const connectFrom = (localAddress: string) =>
    new Promise<void>((resolve) => {
      const options = { host: '127.0.0.1', port: server.port, localAddress, cert, key, rejectUnauthorized: false };
      const socket = connect(options, () => socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'));
      socket.resume();
      socket.on('error', () => {});
      socket.on('close', () => resolve());
    });
  for (let count = 0; count < 3; count += 1) await connectFrom('127.0.0.2');
  await connectFrom('127.0.0.3');
  await until(() => server.refusals().length === 2);
  server.clock.advance(61_000);
  await connectFrom('127.0.0.2');
  await until(() => server.refusals().length === 3);
  expect(server.refusals()[0]).not.toContain('refused_since');
  expect(server.refusals()[2]).toContain('"refused_since":2');
});
