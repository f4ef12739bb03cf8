import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { httpauthclientcert } from '../../../../src/auth/authenticators/certificate/kind.ts';
import type { Transport } from '../../../../src/auth/transport.ts';
import { type Authority, makeAuthority } from '../../../support/certificates.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';
import { requestWith } from '../../support.ts';
import { makeKind } from '../support.ts';

let authority: Authority;
let jump1: string;
let jump2: string;

beforeAll(async () => {
  authority = await makeAuthority('the site');
  jump1 = (await authority.issue({ name: 'jump1' })).certificate;
  jump2 = (await authority.issue({ name: 'jump2' })).certificate;
});

function over(transport: Transport) {
  return { ...requestWith(undefined), transport };
}

/** Certificates are judged by real time. Each is shown over a connection of its own, which stays open. */
async function made(options: object) {
  const { clock, ...others } = await makeKind(httpauthclientcert, options);
  clock.advance(Date.now());
  const connections = new Map<string, Transport>();
  const judge = (pem: string) => {
    const connection = connections.get(pem) ?? { kind: 'tls', certificate: new X509Certificate(pem) };
    connections.set(pem, connection);
    return others.authenticator.authenticate(over(connection));
  };
  return { clock, ...others, judge };
}

const asJump1 = { name: 'certificate:jump1', method: 'httpauthclientcert', subjects: ['certificate:jump1'] };

test('the common name of a verified certificate says who is calling', async () => {
  const { judge } = await made({});
  expect(await judge(jump1)).toEqual(asJump1);
  expect(await judge(jump2)).toMatchObject({ name: 'certificate:jump2' });
});

test.each<[string, Transport]>([
  ['a TLS connection without a certificate', { kind: 'tls', certificate: undefined }],
  ['a plain connection', { kind: 'plain' }],
])('%s is left to others', async (_, transport) => {
  const { authenticator } = await made({});
  expect(await authenticator.authenticate(over(transport))).toBe('pass');
});

test('with cn no other common name will do', async () => {
  const { judge } = await made({ cn: 'jump1' });
  expect(await judge(jump1)).toEqual(asJump1);
  expect(await judge(jump2)).toEqual({ refused: 'the common name is not "jump1"', claimed: 'jump2' });
  const longer = await authority.issue({ name: 'jump10' });
  expect(await judge(longer.certificate)).toHaveProperty('refused');
});

const dns = { type: 'dns', value: 'jump1.example.com' } as const;
const uri = { type: 'url', value: 'spiffe://example.com/jump1' } as const;
const email = { type: 'email', value: 'ops@example.com' } as const;
const ip = { type: 'ip', value: '192.0.2.7' } as const;

test.each<[string, Parameters<Authority['issue']>[0], object, string | undefined]>([
  ['its alternative name', { name: 'a', alternativeNames: [dns] }, { san: ['DNS:jump1.example.com'] }, 'a'],
  ['one of several', { name: 'a', alternativeNames: [email, uri] }, { san: ['IP:1.2.3.4', `URI:${uri.value}`] }, 'a'],
  ['an address', { name: 'a', alternativeNames: [ip] }, { san: ['IP:192.0.2.7'] }, 'a'],
  [
    'a mail address and the right cn',
    { name: 'a', alternativeNames: [email] },
    { san: ['email:ops@example.com'], cn: 'a' },
    'a',
  ],
  ['no common name', { name: '', alternativeNames: [uri] }, { san: [`URI:${uri.value}`] }, `URI:${uri.value}`],
  [
    'the alternative name, but another cn',
    { name: 'b', alternativeNames: [dns] },
    { san: ['DNS:jump1.example.com'], cn: 'a' },
    undefined,
  ],
  ['another alternative name', { name: 'a', alternativeNames: [dns] }, { san: ['DNS:example.com'] }, undefined],
  [
    'an alternative name of another kind',
    { name: 'a', alternativeNames: [{ type: 'dns', value: '192.0.2.7' }] },
    { san: ['IP:192.0.2.7'] },
    undefined,
  ],
  ['no alternative name', { name: 'a' }, { san: ['DNS:a'] }, undefined],
  ['no name at all', { name: '' }, {}, undefined],
  ['two common names', { name: 'CN=a,CN=b' }, {}, undefined],
  ['a common name inside another part', { name: 'O="x, CN=admin",CN=a' }, { cn: 'admin' }, undefined],
  ['a common name with a line feed', { name: 'CN=a\nCN=admin' }, {}, undefined],
  ['a common name like an alternative one', { name: 'URI:spiffe://example.com/jump1' }, {}, undefined],
])('a certificate with %s', async (_, subject, options, name) => {
  const { judge } = await made(options);
  const verdict = await judge((await authority.issue(subject)).certificate);
  expect(verdict).toMatchObject(name === undefined ? { refused: expect.any(String) } : { name: `certificate:${name}` });
});

test('a certificate that expires while its connection stays open counts no longer', async () => {
  const { judge, clock } = await made({});
  expect(await judge(jump1)).toEqual(asJump1);
  clock.advance(60 * 60_000);
  expect(await judge(jump1)).toEqual({ refused: 'the certificate has expired', claimed: 'jump1' });
});

/** With a file of lists, which can be rewritten. */
async function withLists(content: string | Uint8Array, ca = authority.certificate) {
  const directory = temporaryDirectory();
  const [crl, authorities] = ['list.crl', 'ca.crt'].map((name) => join(directory.path, name));
  writeFileSync(crl ?? '', content);
  writeFileSync(authorities ?? '', ca);
  return {
    ...(await made({ crl, ca: authorities })),
    write: (text: string) => writeFileSync(crl ?? '', text),
    [Symbol.dispose]: directory[Symbol.dispose],
  };
}

test.each([
  ['PEM', (pem: string) => pem],
  ['PEM among others', (pem: string) => `# lists\n${authority.certificate}\n${pem}`],
  ['DER', (pem: string) => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')],
])('a certificate that its authority has revoked is refused: %s', async (_, form) => {
  using site = await withLists(form(await authority.revocationList({ revoked: [jump2] })));
  expect(await site.judge(jump1)).toEqual(asJump1);
  expect(await site.judge(jump2)).toEqual({ refused: 'the certificate was revoked', claimed: 'jump2' });
});

test('a list that changes counts; one that cannot be read does not', async () => {
  using site = await withLists(await authority.revocationList());
  expect(await site.judge(jump2)).toMatchObject({ name: 'certificate:jump2' });
  site.write(await authority.revocationList({ revoked: [jump2] }));
  site.clock.advance(1000);
  expect(await site.judge(jump2)).toHaveProperty('refused');
  site.write('-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n');
  site.clock.advance(1000);
  expect(await site.judge(jump2)).toHaveProperty('refused');
  expect(await site.judge(jump1)).toEqual(asJump1);
  expect(site.lines.filter((line) => line.startsWith('error'))).toHaveLength(1);
});

test('a list that is out of date lets nobody in, and is warned of at the start', async () => {
  const until = new Date(Date.now() + 60_000);
  using site = await withLists(await authority.revocationList({ revoked: [jump2], until }));
  expect(await site.judge(jump1)).toEqual(asJump1);
  site.clock.advance(60_000);
  await expect(site.judge(jump1)).rejects.toThrow(/the revocation list of CN=the site is out of date since/);
  expect(await site.judge(jump2)).toMatchObject({ refused: 'the certificate was revoked' });
});

test('a list put in place for later lets nobody in until then', async () => {
  using site = await withLists(await authority.revocationList({ from: new Date(Date.now() + 60_000) }));
  await expect(site.judge(jump1)).rejects.toThrow(/counts from/);
  site.clock.advance(61_000);
  expect(await site.judge(jump1)).toEqual(asJump1);
});

test('a list forged in the name of the authority lets nobody in, though it was in good order at the start', async () => {
  const forger = await makeAuthority('the site');
  using site = await withLists(await authority.revocationList({ revoked: [jump2] }));
  site.write(await forger.revocationList());
  site.clock.advance(1000);
  await expect(site.judge(jump2)).rejects.toThrow('is not signed by an authority that is known here');
});

test('a certificate of an authority without a list is let in by nobody', async () => {
  const other = await makeAuthority('another');
  using site = await withLists(await other.revocationList(), other.certificate);
  await expect(site.judge(jump1)).rejects.toThrow('there is no revocation list of CN=the site');
});

test.each<[string, () => Promise<string> | string]>([
  ['is no list', () => 'garbage'],
  ['holds no list', () => authority.certificate],
  ['is signed by somebody else', async () => (await makeAuthority('the site')).revocationList()],
  ['does not say how long it counts', () => authority.revocationList({ until: undefined })],
])('a file that %s is a fault of the configuration', async (_, content) => {
  await expect(withLists(await content())).rejects.toMatchObject({
    code: 'invalid_configuration',
    message: expect.stringMatching(/^options:1:\d+: the revocation list \/.*list.crl cannot be used: /),
  });
});

test.each([
  ['a name without its kind', { san: ['jump1'] }, /"jump1" is not an alternative name/],
  ['names that are no list', { san: 'DNS:a' }, /"DNS:a" is not a list/],
  ['a list without an authority', { crl: '/a' }, /who signs the revocation list is not said/],
  ['a list that is not there', { crl: '/nonexistent', ca: '/dev/null' }, /\/nonexistent cannot be used/],
])('%s is a fault of the configuration, with its place', async (_, options, message) => {
  await expect(made(options)).rejects.toMatchObject({
    code: 'invalid_configuration',
    message: expect.stringMatching(new RegExp(`^options:1:\\d+: .*${message.source}`)),
  });
});
