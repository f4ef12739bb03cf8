import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { AuthenticationRequest } from '../../../../src/auth/authenticator.ts';
import { loadPluginFile } from '../../../../src/auth/authenticators/file/load.ts';
import { parseGivenObject } from '../../../../src/config/document.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';
import { randomBytes, recordingLogger, requestWith, standingClock } from '../../support.ts';

const manual = readFileSync(new URL('../../../../docs/plugins.md', import.meta.url), 'utf8');

/** The example of that name as it stands in the manual, as a plugin. */
async function documented(file: string, options: object = {}) {
  using directory = temporaryDirectory();
  const [, code] = new RegExp(`\`\`\`ts\n// ${file}\n([\\s\\S]*?)\`\`\``).exec(manual) ?? [];
  if (code === undefined) throw new Error(`the manual has no example ${file}`);
  const path = join(directory.path, file);
  writeFileSync(path, code);
  const { members } = parseGivenObject(JSON.stringify(options), 'options');
  const surroundings = { logger: recordingLogger(), clock: standingClock(), randomBytes };
  const { authenticate } = await loadPluginFile({ name: path, where: 'here', options: members }, surroundings);
  return (more: Partial<AuthenticationRequest>) => authenticate({ ...requestWith(undefined), ...more });
}

const overTls = { transport: { kind: 'tls', certificate: undefined } } as const;

test('everybody who comes over TLS is let in', async () => {
  const authenticate = await documented('always-allow-on-ssl.ts');
  expect(await authenticate(overTls)).toEqual({
    name: 'anybody',
    method: 'always-allow-on-ssl',
    subjects: ['user:anybody'],
  });
  expect(await authenticate({})).toEqual({ refused: 'not over TLS' });
});

test('a teapot answers those who do not', async () => {
  const authenticate = await documented('teapot.ts');
  expect(await authenticate(overTls)).toMatchObject({ name: 'anybody', method: 'teapot' });
  for (const _ of [1, 2]) {
    const answer = await authenticate({});
    if (!(answer instanceof Response)) throw new Error('no response');
    expect([answer.status, answer.statusText, await answer.text()]).toEqual([418, "I'm a teapot", 'Whiiiiieee']);
    expect(answer.headers.get('content-type')).toBe('text/plain');
  }
});

test('a header of a proxy says who is calling', async () => {
  const authenticate = await documented('site-header.ts', { header: 'x-site-user', proxy: '192.0.2.7' });
  const headers = new Headers({ 'x-site-user': 'alice' });
  expect(await authenticate({})).toBe('pass');
  expect(await authenticate({ headers, peer: '192.0.2.8' })).toMatchObject({ claimed: 'alice' });
  expect(await authenticate({ headers, peer: '192.0.2.7' })).toEqual({
    name: 'site:alice',
    method: 'site-header',
    subjects: ['user:site:alice', 'group:site:staff'],
  });
  await expect(documented('site-header.ts')).rejects.toThrow(
    /here: the plugin .*site-header.ts cannot be used: header: give/,
  );
});
