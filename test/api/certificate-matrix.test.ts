import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routeRules } from '../../src/api/route-groups.ts';
import { type Issued, makeAuthority } from '../support/certificates.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { expectDocumented } from './documented.ts';
import {
  expectLetThrough,
  expectRefused,
  guarded,
  isAllowed,
  makeSite,
  type Role,
  requestOf,
  type Site,
} from './every-route.ts';

/** Every route with every kind of client certificate, over TLS. */

type Shown = 'nothing' | 'foreign' | 'expired' | 'early' | 'revoked' | 'stranger' | 'guest' | 'viewer' | 'ops';

const directory = temporaryDirectory();
const callers: Partial<Record<Shown, Issued>> = {};
let trusted = '';
let server: TestServer;
let site: Site = { operation: '', token: '', session: '' };

beforeAll(async () => {
  const file = (name: string, content: string) => {
    const path = join(directory.path, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const authority = await makeAuthority('the site');
  trusted = authority.certificate;
  const own = await authority.issue({ address: '127.0.0.1' });
  for (const name of ['ops', 'guest', 'viewer', 'stranger', 'revoked'] as const) {
    // The one that was revoked has the name of one that may everything.
    callers[name] = await authority.issue({ name: name === 'revoked' ? 'ops' : name });
  }
  const named = { name: 'ops' };
  callers.foreign = await (await makeAuthority('the site')).issue(named);
  callers.expired = await authority.issue(named, { notBefore: hoursFromNow(-2), notAfter: hoursFromNow(-1) });
  callers.early = await authority.issue(named, { notBefore: hoursFromNow(1), notAfter: hoursFromNow(2) });
  const revoked = [callers.revoked?.certificate ?? ''];
  const crl = file('list.crl', await authority.revocationList({ revoked }));
  server = await startServer({
    directory: directory.path,
    onAnswer: expectDocumented,
    tls: shownBy('ops'),
    configuration: {
      'tls-pemfile': file('server.pem', `${own.certificate}\n${own.key}`),
      'tls-clientverifyfile': file('ca.pem', authority.certificate),
      'authentication-plugins': ['ops', 'guest', 'viewer'].map((cn) => ({ name: 'httpauthclientcert', cn, crl })),
      'default-role': 'none',
      'role-bindings': [
        { role: 'admin', subjects: ['certificate:ops'] },
        { role: 'viewer', subjects: ['certificate:viewer'] },
      ],
    },
  });
  site = await makeSite(server);
});
afterAll(async () => {
  expect(server.log.filter((line) => line.startsWith('error'))).toEqual([]);
  await server[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

function hoursFromNow(hours: number): Date {
  return new Date(Date.now() + hours * 3_600_000);
}

function shownBy(caller: Shown) {
  const issued = callers[caller];
  return issued === undefined ? { ca: trusted } : { ca: trusted, cert: issued.certificate, key: issued.key };
}

/** Of nobody else: what is shown in the handshake is all there is. */
function as(caller: Shown) {
  return { tls: shownBy(caller), headers: { authorization: '' } };
}

describe.each<[string, Shown]>([
  ['without a certificate', 'nothing'],
  ['with one of another authority of the same name', 'foreign'],
  ['with one that has expired', 'expired'],
  ['with one that is not valid yet', 'early'],
])('%s', (_, caller) => {
  test.each(routeRules)('$method $path gets no answer at all', async (rule) => {
    const logged = () => server.log.filter((line) => !line.includes('a client certificate was refused'));
    const before = [server.dump(), logged()];
    const { path, ...body } = requestOf(rule, site);
    await expect(server.raw(rule.method, path, { ...as(caller), ...body })).rejects.toThrow(noAnswer);
    expect([server.dump(), logged()]).toEqual(before);
  });
});

/** It depends on which comes first, the alert or the end of the connection. */
const noAnswer = /^not an HTTP answer: ""$|ALERT_CERTIFICATE_REQUIRED|ECONNRESET/;

describe.each<[string, Shown]>([
  ['with one that was revoked', 'revoked'],
  ['with one of another common name', 'stranger'],
])('%s', (_, caller) => {
  test.each(guarded)('$method $path is credentials_refused', (rule) =>
    expectRefused(server, rule, site, { ...as(caller), code: 'credentials_refused' }),
  );
});

const open = routeRules.filter(({ permission }) => permission === 'public');
const known: [Shown, Role | undefined][] = [
  ['guest', undefined],
  ['viewer', 'viewer'],
  ['ops', 'admin'],
];

describe.each(known.filter(([, role]) => role !== 'admin'))('with the one of %s, whose role is %s', (caller, role) => {
  const refused = guarded.filter((rule) => !may(role, rule));
  test.each(refused)('$method $path is forbidden', (rule) =>
    expectRefused(server, rule, site, { ...as(caller), code: 'forbidden' }),
  );
});

// What changes something comes after all that must not.
describe.each<[Shown, Role | undefined]>([['stranger', undefined], ['revoked', undefined], ...known])(
  'with the one of %s, whose role is %s',
  (caller, role) => {
    const isKnown = known.some(([one]) => one === caller);
    const allowed = [...open, ...guarded.filter((rule) => isKnown && may(role, rule))];
    test.each(allowed)('one is let through to $method $path', (rule) =>
      expectLetThrough(server, rule, site, as(caller)),
    );
  },
);

/** Without a role: what any credentials will do for. */
function may(role: Role | undefined, rule: (typeof guarded)[number]): boolean {
  if (role !== undefined) return isAllowed(role, rule);
  return rule.permission === 'authenticated' && isAllowed('viewer', rule);
}
