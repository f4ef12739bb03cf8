import type { Refusal } from '../../authenticator.ts';

/** The token of `Authorization: Bearer …` (RFC 6750, 2.1). A header of another scheme is `pass`. */
export function readBearerHeader(header: string | null): { readonly token: string } | 'pass' | Refusal {
  const [scheme, token = ''] = (header ?? '').trim().split(/\s+(.*)/s);
  if (scheme?.toLowerCase() !== 'bearer') return 'pass';
  return /^[\x21-\x7e]+$/.test(token)
    ? { token }
    : { refused: 'the header holds no bearer token', told: 'is malformed' };
}
