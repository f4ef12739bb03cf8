import type { AuthenticationRequest, Refusal } from '../../authenticator.ts';

export interface BasicCredentials {
  readonly user: string;
  readonly password: string;
}

export const basicChallenge = 'Basic realm="commissaire", charset="UTF-8"';

/** Whether a header is one of HTTP Basic. */
export function isBasic(header: string): boolean {
  return /^\s*basic(\s|$)/i.test(header);
}

/**
 * Reads `Authorization: Basic …` (RFC 7617, UTF-8). The first colon ends the user name, so a password may contain more.
 * A header of another scheme is `pass`; an unreadable Basic header is refused and never an exception.
 */
export function readBasicHeader(header: string | null): BasicCredentials | 'pass' | Refusal {
  if (header === null || !isBasic(header)) return 'pass';
  const [, token = ''] = header.trim().split(/\s+(.*)/s);
  const text = decode(token);
  if (text === undefined) return { refused: 'the header is not UTF-8 in base64' };
  const colon = text.indexOf(':');
  if (colon === -1) return { refused: 'the header has no colon between user and password' };
  // RFC 7617, section 2; bcrypt would also take a NUL as the end of the password.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[\u0000-\u001f\u007f]/.test(text)) return { refused: 'user or password has a control character in it' };
  return { user: apart(text.slice(0, colon)), password: text.slice(colon + 1) };
}

/**
 * A copy: the runtime makes a substring that points into the whole text, so remembering the user would keep the
 * password.
 */
function apart(user: string): string {
  return Buffer.from(user).toString();
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The credentials of a request, if they can be read. */
export function credentialsOf({ headers }: AuthenticationRequest): BasicCredentials | undefined {
  const credentials = readBasicHeader(headers.get('authorization'));
  return credentials === 'pass' || 'refused' in credentials ? undefined : credentials;
}

/** Padding may be missing; any other text that is not base64 is refused, not skipped. */
function decode(token: string): string | undefined {
  const digits = token.replace(/={1,2}$/, '');
  if (!/^[A-Za-z0-9+/]+$/.test(digits) || digits.length % 4 === 1) return undefined;
  try {
    return utf8.decode(Buffer.from(digits, 'base64'));
  } catch {
    return undefined;
  }
}
