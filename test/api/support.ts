import { expect } from 'vitest';
import { type ProblemCode, problems } from '../../src/lib/problems.ts';
import { type Answer, type TestServer, usersNamed } from '../support/server.ts';

/** The answer is the problem document of this code, complete and true to the catalogue. */
export function expectProblem(answer: Answer, code: ProblemCode): void {
  const { status, title } = problems[code];
  expect(answer.body).toMatchObject({
    type: `urn:commissaire:problem:${code}`,
    title,
    status,
    detail: expect.stringMatching(/\S/),
    code,
    request_id: answer.headers.get('x-request-id'),
  });
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
}

/** Puts a host into the inventory as given, without anything being started for it. */
export async function importHost(server: TestServer, address: string, members: object = {}): Promise<void> {
  const answer = await server.request('PUT', `/api/v0/host/${address}?import=true`, { status: 'active', ...members });
  expect(answer.status).toBe(201);
}

/** Makes a cluster, its members first. */
export async function makeCluster(server: TestServer, name: string, ...members: string[]): Promise<void> {
  for (const address of members) await importHost(server, address);
  const answer = await server.request('PUT', `/api/v0/cluster/${name}?import=true`, { hostset: members });
  expect(answer.status).toBe(201);
}

/** The members of a cluster, as the server has them. */
export async function membersOf(server: TestServer, name: string): Promise<unknown> {
  return (await server.request('GET', `/api/v0/cluster/${name}/hosts`)).body;
}

/** `type.action.key` of every event there was. */
export function eventNames(server: TestServer): string[] {
  return server.events().map(({ name }) => name);
}

/** The tester may do everything, and Alice operates the cluster `a` only. */
export const aliceOperatesA = {
  'authentication-plugins': [{ name: 'httpbasicauth', users: usersNamed('tester', 'alice') }],
  'default-role': 'none',
  'role-bindings': [
    { role: 'admin', subjects: ['user:tester'] },
    { role: 'operator', subjects: ['user:alice'], clusters: ['a'] },
  ],
};
