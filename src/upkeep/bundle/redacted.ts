const mask = '[redacted]';

/** Shorter texts are too common to be searched for. */
const shortest = 6;

/** What looks like a secret, wherever it came from. What is kept of it stands in the first group. */
const patterns: readonly RegExp[] = [
  /()-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(\b(?:Bearer|Basic|Digest|Negotiate)\s+)[\w+/=.~-]{6,}/gi,
  // JWTs and JWEs: base64url of a JSON object, a dot, more of it.
  /()\beyJ[\w-]{8,}(?:\.[\w-]*){1,4}/g,
  // Hashes of passwords: crypt(5) and argon2.
  /()\$(?:2[abxy]|5|6|y|argon2(?:id|i|d))\$[\w./$,=+-]{8,}/g,
  /(\b[a-z][a-z\d+.-]*:\/\/)[^\s/@"']+@/gi,
  /((?:pass(?:word|phrase|wd)|secret|token|api[-_]?key|authorization|cookie)["']?\s*[:=]\s*["']?)[^\s"',;&{}[\]]{1,}/gi,
];

/**
 * A text without secrets: the known ones, in every usual encoding, and whatever looks like one.
 *
 * @param known texts that must not be seen
 */
export function redacted(text: string, known: readonly string[]): string {
  const forms = [...new Set(known.filter(({ length }) => length >= shortest).flatMap(formsOf))];
  // The longest first: a part of one may be another.
  const searched = forms.toSorted((one, other) => other.length - one.length);
  const withoutKnown = searched.reduce((rest, form) => rest.replaceAll(form, mask), text);
  return patterns.reduce((rest, pattern) => rest.replace(pattern, `$1${mask}`), withoutKnown);
}

/** The secret, and what may have been made of it. What base64 makes of it depends on what stands before. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // The characters at both ends depend on the neighbours, too.
    const inner = whole.slice(Math.ceil((before * 4) / 3), -2);
    return inner.length < shortest ? [] : [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const escaped = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    escaped,
    encodeURIComponent(secret),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...base64,
  ];
}
