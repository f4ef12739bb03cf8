import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readAuthorities, readCertificate } from '../../../src/server/certificate.ts';
import { certificateFiles, makeCertificates, makeClient, renewServer } from '../../../src/server/pki/certificates.ts';
import { namesIn } from '../../../src/server/pki/names.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const at = { now: new Date('2026-01-01T00:00:00Z'), hostName: 'jump' };
const day = 86_400_000;

const read = (file: string) => new X509Certificate(readFileSync(file));
const daysOf = ({ validTo }: X509Certificate) => (Date.parse(validTo) - at.now.getTime()) / day;

test('what is made is what TLS wants, for its time and no longer', async () => {
  using directory = temporaryDirectory();
  const files = certificateFiles(directory.path);
  const fingerprint = await makeCertificates(files, ['jump.example.com', '2001:DB8::1'], at);
  const [authority, server] = [read(files.authority), read(files.server)];
  expect(server.fingerprint256).toBe(fingerprint);
  expect(server.checkIssued(authority) && server.verify(authority.publicKey)).toBe(true);
  expect([authority.ca, server.ca]).toEqual([true, false]);
  expect([daysOf(authority), daysOf(server)]).toEqual([3650, 825]);
  expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  const names = ['jump.example.com', '2001:db8::1', 'jump', 'localhost', '127.0.0.1', '::1'];
  expect(namesIn(readFileSync(files.server, 'utf8'))).toEqual(names);
  expect([files.authority, files.authorityKey, files.server].map((file) => statSync(file).mode & 0o777)).toEqual([
    0o644, 0o600, 0o600,
  ]);
  expect(readCertificate(files.server)).toContain('PRIVATE KEY');
  expect(readAuthorities(files.authority)).toContain('CERTIFICATE');
});

test('openssl agrees, to the letter of RFC 5280', async () => {
  using directory = temporaryDirectory();
  const files = certificateFiles(directory.path);
  await makeCertificates(files, [], { ...at, now: new Date() });
  const file = join(directory.path, 'alice.pem');
  await makeClient(directory.path, { name: 'alice', file }, { ...at, now: new Date() });
  const verified = (purpose: string, path: string) =>
    Bun.spawnSync(['openssl', 'verify', '-x509_strict', '-purpose', purpose, '-CAfile', files.authority, path]);
  expect(verified('sslserver', files.server).exitCode).toBe(0);
  expect(verified('sslclient', file).exitCode).toBe(0);
  expect(verified('sslserver', file).exitCode).not.toBe(0);
});

test('a renewed certificate has the names of the old one and another key, by the same authority', async () => {
  using directory = temporaryDirectory();
  const files = certificateFiles(directory.path);
  const before = await makeCertificates(files, ['jump.example.com'], at);
  const authority = readFileSync(files.authority, 'utf8');
  const renewed = await renewServer(directory.path, ['192.0.2.1'], at);
  expect(renewed).toEqual({
    file: files.server,
    fingerprint: read(files.server).fingerprint256,
    names: ['192.0.2.1', 'jump.example.com', 'jump', 'localhost', '127.0.0.1', '::1'],
  });
  expect(renewed.fingerprint).not.toBe(before);
  expect(read(files.server).checkIssued(new X509Certificate(authority))).toBe(true);
  expect(readFileSync(files.authority, 'utf8')).toBe(authority);
});

test('nothing lasts longer than the authority', async () => {
  using directory = temporaryDirectory();
  const files = certificateFiles(directory.path);
  await makeCertificates(files, [], at);
  await renewServer(directory.path, [], { ...at, now: new Date(at.now.getTime() + 3600 * day) });
  expect(read(files.server).validTo).toBe(read(files.authority).validTo);
});

test('a client has its name and its own file, which is never written over', async () => {
  using directory = temporaryDirectory();
  await makeCertificates(certificateFiles(directory.path), [], at);
  const file = join(directory.path, 'alice.pem');
  await makeClient(directory.path, { name: 'alice@jump-1.example.com', file }, at);
  const text = readFileSync(file, 'utf8');
  expect(read(file).subject).toBe('CN=alice@jump-1.example.com');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await expect(makeClient(directory.path, { name: 'bob', file }, at)).rejects.toThrow('it is there already');
  expect(readFileSync(file, 'utf8')).toBe(text);
});

test.each(['', 'a\nb', 'x'.repeat(65), 'é', 'a, CN=root', 'a+b', '"a"', 'a b'])(
  'the common name %j is refused',
  async (name) => {
    using directory = temporaryDirectory();
    await makeCertificates(certificateFiles(directory.path), [], at);
    const file = join(directory.path, 'client.pem');
    await expect(makeClient(directory.path, { name, file }, at)).rejects.toMatchObject({ code: 'invalid_name' });
    expect(existsSync(file)).toBe(false);
  },
);

test('without an authority there is nothing to make certificates with', async () => {
  using directory = temporaryDirectory();
  await expect(renewServer(directory.path, [], at)).rejects.toMatchObject({
    code: 'invalid_configuration',
    hint: 'name the data directory that `commissaire init` made with --data-dir',
  });
});

test('a name that is none is refused before anything is written', async () => {
  using directory = temporaryDirectory();
  const files = certificateFiles(directory.path);
  await expect(makeCertificates(files, ['not a name'], at)).rejects.toMatchObject({ code: 'invalid_address' });
  expect(existsSync(files.authorityKey)).toBe(false);
});

test.each([
  ['nothing', 'nothing at all', 'it holds no certificate'],
  ['the certificate of a server', undefined, 'is not that of an authority'],
])('authorities of clients have to be authorities: %s', async (_, text, reason) => {
  using directory = temporaryDirectory();
  const files = certificateFiles(directory.path);
  await makeCertificates(files, [], at);
  if (text !== undefined) writeFileSync(files.server, text);
  expect(() => readAuthorities(files.server)).toThrow(reason);
});
