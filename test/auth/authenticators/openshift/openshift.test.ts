import { expect, test } from 'vitest';
import { openshiftbearertokenauth } from '../../../../src/auth/authenticators/openshift/kind.ts';
import { startOpenShift } from '../../../support/openshift.ts';
import { requestWith } from '../../support.ts';
import { makeRemote } from '../support.ts';

async function withOpenShift(path: string, options: object = {}) {
  const service = await startOpenShift();
  const made = await makeRemote(openshiftbearertokenauth, service, {
    openshift_endpoint: `${service.url}${path}`,
    ...options,
  });
  return { service, ...made };
}

const users = '/apis/user.openshift.io/v1/users/~';
const bearer = (token: string) => requestWith(`Bearer ${token}`);

test('a token says whose it is where the endpoint tells, with the groups', async () => {
  using openshift = await withOpenShift(users);
  expect(await openshift.authenticator.authenticate(bearer('sha256~alice'))).toEqual({
    name: 'openshift:alice',
    method: 'openshiftbearertokenauth',
    subjects: ['user:openshift:alice', 'group:openshift:ops', 'group:openshift:system:authenticated'],
  });
  expect(await openshift.authenticator.authenticate(bearer('other'))).toMatchObject({ refused: 'OpenShift said 401' });
});

test('any 200 is a yes, of a caller that no name can be', async () => {
  using openshift = await withOpenShift('/oapi/v1');
  expect(await openshift.authenticator.authenticate(bearer('sha256~alice'))).toMatchObject({
    name: 'openshift:(unnamed)',
    subjects: ['user:openshift:(unnamed)'],
  });
  expect(await openshift.authenticator.authenticate(bearer('other'))).toMatchObject({ refused: 'OpenShift said 403' });
});

test('what carries no bearer token is left to others', async () => {
  using openshift = await withOpenShift(users);
  const { authenticate } = openshift.authenticator;
  expect(await authenticate(requestWith(undefined))).toBe('pass');
  expect(await authenticate(requestWith('Basic YTpi'))).toBe('pass');
  for (const header of ['Bearer', 'Bearer a b', 'Bearer \u00e9']) {
    expect(await authenticate(requestWith(header))).toHaveProperty('refused');
  }
  expect(openshift.service.asked).toBe(0);
});
