import { createServer } from 'node:https';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { Provider } from 'oidc-provider';
import { makeAuthority } from './certificates.ts';

/** A real OpenID provider on a port of its own, with one user and one client. */
export interface OpenIdProvider extends AsyncDisposable {
  readonly issuer: string;
  /** PEM of the authority that vouches for it. */
  readonly authority: string;
  /** Its public keys. */
  readonly publicKeys: { keys: JWK[] };
  /** The private key it signs with, for forgeries that only it could make. */
  readonly privateKey: JWK;
  /** Paths it was asked for. */
  readonly asked: string[];
  /** Logs the user in as a browser would, and exchanges the code. */
  login(): Promise<{ idToken: string; accessToken: string }>;
  /** A token for the client itself. */
  clientToken(): Promise<string>;
}

export const client = { id: 'commctl', secret: 'of the client' };
const callback = 'https://client.example.com/callback';

export async function startOpenIdProvider(algorithm: 'RS256' | 'ES256' | 'PS256' | 'EdDSA'): Promise<OpenIdProvider> {
  const authority = await makeAuthority('the site');
  const own = await authority.issue({ address: '127.0.0.1' });
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  const marks = { kid: 'first', use: 'sig', alg: algorithm };
  const jwk = { ...(await exportJWK(privateKey)), ...marks };
  const asked: string[] = [];
  const server = createServer({ cert: own.certificate, key: own.key });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `https://127.0.0.1:${Object(server.address()).port}`;
  const provider = new Provider(issuer, configuration(jwk, algorithm));
  const handle = provider.callback();
  server.on('request', (request, response) => {
    asked.push(request.url ?? '');
    handle(request, response);
  });
  const fetchHere = (path: string, init: BunFetchRequestInit = {}) =>
    fetch(new URL(path, issuer), {
      ...init,
      redirect: 'manual',
      tls: { ca: authority.certificate },
      keepalive: false,
    });
  return {
    issuer,
    authority: authority.certificate,
    publicKeys: { keys: [{ ...(await exportJWK(publicKey)), ...marks }] },
    privateKey: jwk,
    asked,
    login: () => login(fetchHere),
    async clientToken() {
      const answer = await tokenRequest(fetchHere, { grant_type: 'client_credentials' });
      return String(answer.access_token);
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

type Fetch = (path: string, init?: BunFetchRequestInit) => Promise<Response>;

function configuration(jwk: JWK, algorithm: string) {
  return {
    jwks: { keys: [jwk] },
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        grant_types: ['authorization_code', 'client_credentials'],
        redirect_uris: [callback],
        response_types: ['code'],
        id_token_signed_response_alg: algorithm,
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    cookies: { keys: ['of the tests'] },
    claims: { openid: ['sub', 'groups', 'team', 'realm_access'] },
    conformIdTokenClaims: false,
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, groups: ['ops'], team: 'web', realm_access: { roles: ['deployer', 'viewer'] } }),
    }),
    pkce: { required: () => false },
    features: {
      devInteractions: { enabled: true },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:commissaire',
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'openid',
          audience: 'commissaire',
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: algorithm } },
        }),
      },
    },
  };
}

async function login(fetchHere: Fetch): Promise<{ idToken: string; accessToken: string }> {
  const query = new URLSearchParams({
    client_id: client.id,
    scope: 'openid',
    response_type: 'code',
    redirect_uri: callback,
  });
  const cookies = new Map<string, string>();
  const visit = async (path: string, form?: Record<string, string>) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const body = form && new URLSearchParams(form);
    const response = await fetchHere(path, { headers: { cookie }, ...(body && { method: 'POST', body }) });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) throw new Error(`no way on from ${path}: ${response.status} ${await response.text()}`);
    return location;
  };
  let location = await visit(`/auth?${query}`);
  for (const prompt of ['login', 'consent']) {
    location = await visit(location, { prompt, login: 'alice', password: 'any' });
    location = await visit(location);
  }
  const code = new URL(location).searchParams.get('code') ?? '';
  const answer = await tokenRequest(fetchHere, { grant_type: 'authorization_code', code, redirect_uri: callback });
  return { idToken: String(answer.id_token), accessToken: String(answer.access_token) };
}

async function tokenRequest(fetchHere: Fetch, form: Record<string, string>): Promise<Record<string, unknown>> {
  const body = new URLSearchParams({ ...form, client_id: client.id, client_secret: client.secret });
  const response = await fetchHere('/token', { method: 'POST', body });
  if (!response.ok) throw new Error(`no token: ${await response.text()}`);
  return Object(await response.json());
}
