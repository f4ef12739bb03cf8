import { type IdentityService, startIdentityService } from './identity-service.ts';

/** One user there is, in the domain `Default` and in another, with a token for each. */
export const keystoneUser = { name: 'alice', password: 'of: alice' };
export const keystoneTokens = { ofDefault: 'gAAAAAB-token_1', ofOther: 'gAAAAAB-token_2' };

/** `POST /v3/auth/tokens` of the Identity API v3 of OpenStack: its names are taken in any case, as Keystone's are on MySQL. */
export function startKeystone(): Promise<IdentityService> {
  return startIdentityService(async (request) => {
    const { pathname } = new URL(request.url);
    if (request.method !== 'POST' || pathname !== '/v3/auth/tokens') return failure(404, 'Not Found');
    if (request.headers.get('content-type') !== 'application/json') return failure(400, 'Bad Request');
    const { auth } = Object(await request.json());
    const domain = domainOf(Object(Object(auth).identity));
    if (domain === undefined) return failure(401, 'Unauthorized');
    const user = { id: 'a1', name: keystoneUser.name, domain: { id: domain.toLowerCase(), name: domain } };
    const token = { methods: ['password'], user, expires_at: '2030-01-01T00:00:00.000000Z' };
    return Response.json({ token }, { status: 201, headers: { 'x-subject-token': 'gAAAAAB-new' } });
  });
}

/** Of the user that the proof is right for. */
function domainOf({ methods, password, token }: Record<string, unknown>): string | undefined {
  if (JSON.stringify(methods) === '["token"]') {
    const { id } = Object(token);
    if (id === keystoneTokens.ofDefault) return 'Default';
    return id === keystoneTokens.ofOther ? 'Other' : undefined;
  }
  const { name, password: given, domain } = Object(Object(password).user);
  const isRight = String(name).toLowerCase() === keystoneUser.name && given === keystoneUser.password;
  return JSON.stringify(methods) === '["password"]' && isRight ? Object(domain).name : undefined;
}

function failure(code: number, title: string): Response {
  return Response.json({ error: { code, title, message: 'The request you have made …' } }, { status: code });
}
