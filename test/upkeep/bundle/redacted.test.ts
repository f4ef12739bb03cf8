import { expect, test } from 'vitest';
import { redacted } from '../../../src/upkeep/bundle/redacted.ts';

const secret = 'correct+horse/"battery" staple';
const bytes = Buffer.from(secret);

test.each([
  ['itself', secret],
  ['in JSON', JSON.stringify({ a: secret })],
  ['in a URL', encodeURIComponent(secret)],
  ['in hex', bytes.toString('hex')],
  ['in base64', bytes.toString('base64')],
  ['in base64url', bytes.toString('base64url')],
  ['in base64 behind one character', btoa(`x${secret}`)],
  ['in base64 behind two characters', btoa(`xx${secret}`)],
])('a known secret is not in the text: %s', (_, form) => {
  const text = redacted(`before ${form} after`, [secret]);
  expect(text).toMatch(/^before .*\[redacted\].* after$/);
  for (const part of [form.slice(4, -4), secret.slice(4, -4)]) expect(text).not.toContain(part);
});

test.each([
  'authorization: Basic YWRtaW46c2VjcmV0',
  'Bearer abcdefghijkl',
  '{"password":"hunter2hunter2"}',
  "token='abcdef'",
  '?access_token=abcdef&x=1',
  'https://user:hunter2@example.com/',
  '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub',
  '$2b$04$abcdefghijklmnopqrstuuFqNFh5pXrSjLkq3MZ2Dq',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln',
  '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----',
  '-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl',
])('what looks like a secret is not in the text: %s', (text) => {
  const rest = redacted(`a ${text} b`, []);
  expect(rest).toContain('[redacted]');
  expect(rest).not.toMatch(/hunter2|abcdef|YWRtaW46|RdescudvJCsgt3ub|c2ln|MIIB|b3Bl/);
});

test('other text stays as it is', () => {
  const text = '{"level":"info","msg":"listening","url":"https://127.0.0.1:8000","tokens":3,"disk-floor":"32MiB"}';
  expect(redacted(text, ['abc', ''])).toBe(text);
});
