import { type IdentityService, startIdentityService } from './identity-service.ts';

/** An API of OpenShift that knows `sha256~alice`: it tells whose token that is, and lets it see the root of the API. */
export function startOpenShift(): Promise<IdentityService> {
  return startIdentityService((request) => {
    const isAlice = request.headers.get('authorization') === 'Bearer sha256~alice';
    if (new URL(request.url).pathname !== '/apis/user.openshift.io/v1/users/~') {
      return isAlice ? Response.json({ kind: 'APIResourceList' }) : status(403, 'Forbidden');
    }
    if (!isAlice) return status(401, 'Unauthorized');
    const metadata = { name: 'alice', uid: 'd3b0' };
    return Response.json({
      kind: 'User',
      apiVersion: 'user.openshift.io/v1',
      metadata,
      groups: ['ops', 'system:authenticated'],
    });
  });
}

function status(code: number, reason: string): Response {
  return Response.json({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code }, { status: code });
}
