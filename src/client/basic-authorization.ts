export interface BasicCredentials {
  /** Without a colon: RFC 7617 cannot carry one here. */
  username: string;
  password: string;
}

/** The value of an `Authorization` header, in UTF-8 (RFC 7617, section 2.1). A password may hold colons. */
export function basicAuthorization({ username, password }: BasicCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}
