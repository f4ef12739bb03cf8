import { type IdentityService, type ServiceOptions, startIdentityService } from './identity-service.ts';

/** What may ask for reviews, and what is reviewed. */
export const reviewer = { token: 'eyJ.of-commissaire', account: 'eyJ.of-ci' };

/**
 * `TokenReview` of the API of Kubernetes, which knows a token of the service account `ci`, made for the audiences
 * `commissaire` and that of the API itself.
 */
export function startTokenReviews(options: ServiceOptions = {}): Promise<IdentityService> {
  return startIdentityService(async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname !== '/apis/authentication.k8s.io/v1/tokenreviews' || request.method !== 'POST') return status(404);
    const isTrusted = request.headers.get('authorization') === `Bearer ${reviewer.token}`;
    if (!isTrusted && options.clientCertificates !== true) return status(401);
    const { kind, apiVersion, spec } = Object(await request.json());
    if (kind !== 'TokenReview' || apiVersion !== 'authentication.k8s.io/v1') return status(400);
    const { token, audiences = [api] }: { token: string; audiences?: string[] } = spec;
    const met = audiences.filter((audience) => ['commissaire', api].includes(audience));
    const review = { kind, apiVersion, metadata: {}, spec };
    if (token !== reviewer.account || met.length === 0) {
      return Response.json({ ...review, status: { user: {}, error: 'invalid bearer token' } }, { status: 201 });
    }
    const groups = ['system:serviceaccounts', 'system:serviceaccounts:build', 'system:authenticated'];
    const user = { username: 'system:serviceaccount:build:ci', uid: 'a-b', groups };
    return Response.json({ ...review, status: { authenticated: true, user, audiences: met } }, { status: 201 });
  }, options);
}

const api = 'https://kubernetes.default.svc';

function status(code: number): Response {
  return Response.json({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code }, { status: code });
}
