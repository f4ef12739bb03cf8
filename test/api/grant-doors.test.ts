import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { roleConfigurationOf } from '../../src/auth/role-configuration.ts';
import { loadServerConfiguration } from '../../src/config/load.ts';
import { AppError } from '../../src/lib/errors.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { expectDocumented } from './documented.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ onAnswer: expectDocumented });
});
afterAll(async () => {
  expect(server.log.filter((line) => line.startsWith('error'))).toEqual([]);
  await server[Symbol.asyncDispose]();
});

/** Whether the server takes it; what it does not take is the fault of whoever sent it. */
async function isTaken(method: string, path: string, body: object): Promise<boolean> {
  const { status, text } = await server.request(method, `/api/v0/${path}`, body);
  if (status !== 201) expect([400, 404, 405], text).toContain(status);
  return status === 201;
}

/** Whether a start would go on with this configuration. */
function isConfigured(configuration: object): boolean {
  const flags = { 'config-file': '-' };
  const readStandardInput = () => JSON.stringify(configuration);
  try {
    roleConfigurationOf(loadServerConfiguration({ flags, environment: {}, readStandardInput }));
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid_configuration') return false;
    throw error;
  }
}

const bindingWith = (members: object) => isTaken('PUT', 'rolebinding/b', { role: 'viewer', ...members });
const configuredBinding = (members: object) => isConfigured({ 'role-bindings': [{ role: 'viewer', ...members }] });
const session = (members: object) => isTaken('POST', 'tokens', members);

/** What all doors say; when they differ, a list of who says what. */
function agreed(doors: Record<string, boolean>): boolean {
  const [first, ...others] = Object.values(doors);
  expect(doors).toEqual(Object.fromEntries(Object.keys(doors).map((door) => [door, first])));
  expect(others.length).toBeGreaterThan(0);
  return first === true;
}

/** Runs of a property, which have to meet with both answers. */
async function alike<T>(arbitrary: fc.Arbitrary<T>, ask: (drawn: T) => Promise<Record<string, boolean>>) {
  const met = { taken: 0, refused: 0 };
  const property = fc.asyncProperty(arbitrary, async (drawn) => {
    met[agreed(await ask(drawn)) ? 'taken' : 'refused'] += 1;
  });
  await fc.assert(property, { numRuns: 200 });
  expect(Math.min(met.taken, met.refused)).toBeGreaterThan(10);
}

const lengths = fc.constantFrom(1, 2, 63, 64, 65, 254, 255, 256, 257);
const plain = fc.constantFrom(...'aZ09_-');
const odd = fc.oneof(fc.constantFrom(...' .:/*?%é\u0000\u001f\n\u007f\u0080\u009f\u2028😀'), plain);
const textOf = (unit: fc.Arbitrary<string>) =>
  lengths.chain((length) => fc.string({ unit, minLength: length, maxLength: length }));
const shortOdd = fc.string({ unit: odd, maxLength: 6 });

describe('every door takes the same', () => {
  test('names', async () => {
    const fixed = ['viewer', 'operator', 'registrar', 'admin', 'none'];
    const name = fc.oneof(textOf(plain), shortOdd, fc.constant('__proto__')).filter((text) => !fixed.includes(text));
    await alike(name, async (text) => {
      const permissions = ['host:read'];
      const inPath = encodeURIComponent(text);
      const registration = { kind: 'registration', lifetime: 60, max_hosts: 1, cluster: text };
      return {
        role: await isTaken('PUT', `role/${inPath}`, { permissions }),
        binding: await isTaken('PUT', `rolebinding/${inPath}`, { role: 'viewer', subjects: ['user:a'] }),
        // A registration token is for a cluster that is there.
        cluster: await isTaken('PUT', `cluster/${inPath}`, {}),
        token: await session(registration),
        configuration: isConfigured({ roles: Object.fromEntries([[text, { permissions }]]) }),
        'configuration of a binding': isConfigured({
          roles: Object.fromEntries([[text, { permissions }]]),
          'role-bindings': [{ role: text, subjects: ['user:a'] }],
        }),
      };
    });
  });

  test('subjects', async () => {
    const kind = fc.constantFrom('user:', 'group:', 'certificate:', 'claim:', 'User:', 'users:', 'user', '', ' user:');
    const long = fc
      .constantFrom(490, 500, 501, 506, 507, 508, 512, 513)
      .chain((length) => fc.constantFrom('a', '😀').map((unit) => unit.repeat(length / unit.length)));
    const subject = fc.tuple(kind, fc.oneof(textOf(plain), shortOdd, long)).map((parts) => parts.join(''));
    await alike(subject, async (text) => ({
      binding: await bindingWith({ subjects: ['user:a', text] }),
      configuration: configuredBinding({ subjects: ['user:a', text] }),
    }));
  });

  test('limits', async () => {
    const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
    const pattern = fc.oneof({ weight: 6, arbitrary: textOf(fc.oneof(plain, fc.constant('*'))) }, shortOdd);
    const clusters = fc.oneof(
      fc.array(pattern, { maxLength: 3 }),
      fc.constantFrom(0, 1, 31, 32, 33, 100).map((length) => Array.from({ length }, (_, index) => `w${index}*`)),
      fc.constantFrom(33, 100).map((length) => Array.from({ length }, (_, index) => `w${index}`)),
    );
    const limits = fc.record({
      clusters: optional(clusters),
      max_hosts: optional(fc.constantFrom(1, 2, 999_999, 1_000_000, 1_000_001, 0, -1, 1.5, true, 2 ** 53)),
      max_percent: optional(fc.constantFrom(1, 50, 99, 100, 101, 0, -1, 0.5, false)),
      max_at_once: optional(fc.constantFrom(1, 2, 1_000_000, 1_000_001, 0, -1, 1.5, true)),
    });
    await alike(limits, async (members) => ({
      binding: await bindingWith({ subjects: ['user:a'], ...members }),
      token: await session(members),
      configuration: configuredBinding({ subjects: ['user:a'], ...members }),
    }));
  });

  test.each([
    ['clusters', 1000, 1001],
    ['subjects', 1000, 1001],
  ])('so many %s: %i, and not %i', async (member, most, tooMany) => {
    const text = (index: number) => (member === 'subjects' ? `user:u${index}` : `w${index}`);
    const members = (length: number) => ({
      subjects: ['user:a'],
      [member]: Array.from({ length }, (_, at) => text(at)),
    });
    expect([await bindingWith(members(most)), configuredBinding(members(most))]).toEqual([true, true]);
    expect([await bindingWith(members(tooMany)), configuredBinding(members(tooMany))]).toEqual([false, false]);
  });
});

test('a token names fewer clusters than a binding: whoever may call at all may mint', async () => {
  const clusters = (length: number) => Array.from({ length }, (_, index) => `w${index}`);
  expect([await session({ clusters: clusters(100) }), await session({ clusters: clusters(101) })]).toEqual([
    true,
    false,
  ]);
});
