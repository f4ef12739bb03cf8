/** The credentials of the caller; their members say which kind they are. */
export type ClientCredentials = BasicCredentials | BearerCredentials | CertificateCredentials;

export interface BasicCredentials {
  /** Without a colon, which RFC 7617 does not allow here. */
  username: string;
  password: string;
}

export interface BearerCredentials {
  /** In the alphabet of RFC 6750, section 2.1; or a function that returns it, called before each request. */
  token: string | (() => Promise<string>);
}

/** Shown only to servers with an `https:` endpoint. */
export interface CertificateCredentials {
  /** PEM, followed by the certificates of the intermediate CAs. */
  certificate: string;
  /** PEM, without a passphrase. */
  key: string;
}

/** The parts of a request that carry credentials. */
export interface CredentialParts {
  headers: () => Promise<Readonly<Record<string, string>>>;
  tls?: { cert: string; key: string };
}

export function credentialParts(credentials: ClientCredentials | undefined): CredentialParts {
  if (credentials === undefined) return { headers: async () => ({}) };
  if ('token' in credentials)
    return { headers: async () => ({ authorization: `Bearer ${await tokenOf(credentials)}` }) };
  if ('username' in credentials) {
    const authorization = basicAuthorization(credentials);
    return { headers: async () => ({ authorization }) };
  }
  return { headers: async () => ({}), tls: { cert: credentials.certificate, key: credentials.key } };
}

async function tokenOf({ token }: BearerCredentials): Promise<string> {
  return typeof token === 'string' ? token : token();
}

/** The value of an `Authorization` header, in UTF-8 (RFC 7617, section 2.1). A password may contain colons. */
function basicAuthorization({ username, password }: BasicCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}
