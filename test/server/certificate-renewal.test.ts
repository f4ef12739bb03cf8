import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listen } from '../../src/api/listener.ts';
import { dayMs } from '../../src/lib/clock.ts';
import { CertificateRenewal, type TlsConfiguration } from '../../src/server/certificate-renewal.ts';
import { certificateFiles, makeCertificates } from '../../src/server/pki/certificates.ts';
import type { NewEvent } from '../../src/store/contract.ts';
import { bcryptHash, recordingLogger, standingClock } from '../auth/support.ts';
import { CompiledServer } from '../support/compiled.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const made = new Date('2026-01-01T00:00:00Z');
const dayAfter = (days: number) => new Date(made.getTime() + days * dayMs);

let directory: ReturnType<typeof temporaryDirectory>;
let files: ReturnType<typeof certificateFiles>;

beforeEach(async () => {
  directory = temporaryDirectory();
  files = certificateFiles(directory.path);
  await makeCertificates(files, ['jump.example.com'], { now: made, hostName: 'jump' });
});
afterEach(() => directory[Symbol.dispose]());

/** A renewal whose calendar a test sets, beside a real listener. */
async function site(configuration: Partial<TlsConfiguration> = {}) {
  const tlsPemfile = configuration.tlsPemfile ?? files.server;
  const logger = recordingLogger();
  const events: NewEvent[] = [];
  const acts: string[] = [];
  const calendar = { now: made };
  const clock = { ...standingClock(), now: () => calendar.now };
  const surroundings = { limits: { total: 10, perAddress: 10 }, isProxy: () => false, runningOut: undefined };
  const tls = { pem: readFileSync(tlsPemfile, 'utf8') };
  const listener = await listen(async () => new Response('served'), {
    address: '127.0.0.1',
    port: 0,
    tls,
    clock,
    logger,
    ...surroundings,
  });
  const renewal = new CertificateRenewal({
    configuration: {
      tlsClientverifyfile: undefined,
      dataDir: directory.path,
      certificateRenewal: 'auto',
      ...configuration,
      tlsPemfile,
    },
    clock,
    logger,
    listener,
    audited: (act, work) => {
      acts.push(act.action);
      return work();
    },
    emit: async (event) => void events.push(event),
  });
  const look = (days: number) => {
    calendar.now = dayAfter(days);
    return renewal.look();
  };
  return { url: listener.url, look, events, acts, logger, [Symbol.asyncDispose]: () => listener.stop() };
}

/** A connection that stays open, the fingerprint it was shown, and a request over it. */
async function opened(url: string) {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', rejectUnauthorized: false });
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  const { fingerprint256 } = socket.getPeerCertificate();
  const ask = async () => {
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    let text = '';
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      text += chunk;
      if (text.includes('served')) return true;
    }
    return false;
  };
  return { fingerprint256, ask, [Symbol.dispose]: () => socket.destroy() };
}

test('the certificate of `init` is renewed when a third of its time is left, and connections continue', async () => {
  await using server = await site();
  using before = await opened(server.url);
  expect(await before.ask()).toBe(true);
  const authority = readFileSync(files.authority, 'utf8');
  await server.look(549);
  expect(server.acts).toEqual([]);
  await server.look(551);
  expect(server.acts).toEqual(['certificate renew']);
  using after = await opened(server.url);
  expect(after.fingerprint256).not.toBe(before.fingerprint256);
  expect(await before.ask()).toBe(true);
  expect(server.events).toEqual([
    {
      type: 'certificate',
      action: 'renewed',
      key: 'server',
      data: { fingerprint: after.fingerprint256, former: before.fingerprint256 },
    },
  ]);
  expect(readFileSync(files.authority, 'utf8')).toBe(authority);
  await server.look(552);
  expect(server.acts).toHaveLength(1);
});

test.each([
  ['one that is not made by init', () => ({ tlsPemfile: join(directory.path, 'other.pem') })],
  ['its own, when it may never be renewed', () => ({ certificateRenewal: 'never' as const })],
])('%s is not touched, and reported as its end comes near', async (_, configuration) => {
  copyFileSync(files.server, join(directory.path, 'other.pem'));
  const text = readFileSync(files.server, 'utf8');
  await using server = await site(configuration());
  const days = () => server.events.map(({ action, data }) => [action, data?.days]);
  await server.look(790);
  expect(days()).toEqual([]);
  await server.look(796);
  await server.look(797);
  expect(days()).toEqual([['expiring', 29]]);
  await server.look(824.5);
  await server.look(826);
  expect(days()).toEqual([
    ['expiring', 29],
    ['expiring', 0],
  ]);
  for (const file of [files.server, join(directory.path, 'other.pem')]) expect(readFileSync(file, 'utf8')).toBe(text);
});

test('without the key of its authority it is reported, not renewed', async () => {
  await using server = await site();
  writeFileSync(files.authority, 'nothing');
  await server.look(800);
  expect(server.acts).toEqual([]);
  expect(server.events.map(({ action }) => action)).toEqual(['expiring']);
});

test('a server that starts late in the life of its certificate renews it, and audits that', async () => {
  using place = temporaryDirectory();
  const dataDir = join(place.path, 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  const own = certificateFiles(dataDir);
  const former = await makeCertificates(own, [], { now: new Date(Date.now() - 600 * dayMs), hostName: 'jump' });
  const users = join(place.path, 'users.json');
  writeFileSync(users, JSON.stringify({ admin: { hash: bcryptHash('first') } }), { mode: 0o600 });
  const configuration = {
    'listen-port': 0,
    'data-dir': dataDir,
    'tls-pemfile': own.server,
    'authentication-plugins': [{ name: 'httpbasicauth', filepath: users }],
  };
  writeFileSync(join(place.path, 'commissaire.conf'), JSON.stringify(configuration));
  const command = [process.execPath, main, 'serve', '-c', join(place.path, 'commissaire.conf')];
  await using server = await CompiledServer.launch(command, { cwd: place.path }).listening();
  const { fingerprint } = await server.logged(({ msg }) => msg.startsWith('renewed the certificate'));
  expect(fingerprint).not.toBe(former);
  using now = await opened(server.url);
  expect(now.fingerprint256).toBe(fingerprint);
  const options = {
    headers: { authorization: `Basic ${btoa('admin:first')}` },
    tls: { ca: readFileSync(own.authority, 'utf8') },
  };
  const audited = await fetch(`${server.url}/api/v0/audit?action=certificate*`, options);
  expect(await audited.json()).toMatchObject([{ method: 'timer', result: 'done' }, { result: 'begun' }]);
});
