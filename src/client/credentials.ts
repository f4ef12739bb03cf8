/** Who is calling, told apart by the members there are. */
export type ClientCredentials = BasicCredentials | BearerCredentials | CertificateCredentials;

export interface BasicCredentials {
  /** Without a colon: RFC 7617 cannot carry one here. */
  username: string;
  password: string;
}

export interface BearerCredentials {
  /** In the letters of RFC 6750, section 2.1; or what gives it, asked before each request. */
  token: string | (() => Promise<string>);
}

/** Shown to servers with an `https:` endpoint; others never see it. */
export interface CertificateCredentials {
  /** PEM, with the certificates of the authorities in between behind it. */
  certificate: string;
  /** PEM, without a passphrase. */
  key: string;
}

/** What credentials add to a request. */
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

/** The value of an `Authorization` header, in UTF-8 (RFC 7617, section 2.1). A password may hold colons. */
function basicAuthorization({ username, password }: BasicCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}
