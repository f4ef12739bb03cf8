/**
 * The SHA-256 of a certificate as 64 hexadecimal digits in lower case, from any of the usual spellings: with colons, in
 * capitals, and as the line that `openssl x509 -noout -fingerprint -sha256` prints. Undefined for anything else.
 */
export function certificateFingerprint(text: string): string | undefined {
  const digits = text
    .trim()
    .replace(/^sha256( fingerprint=|:)/i, '')
    .replaceAll(':', '')
    .toLowerCase();
  return /^[0-9a-f]{64}$/.test(digits) ? digits : undefined;
}
