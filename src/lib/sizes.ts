/** What a size is, for hints. */
export const sizeForms = 'write a number of bytes, or one with a unit, such as 500MiB or 10GiB';

const powers = ['', 'k', 'm', 'g', 't', 'p'];

/**
 * The bytes of a size: `512`, `512k`, `10GiB`, `1.5G`, `10GB`. A letter alone, with `i` or with `iB` counts in steps of
 * 1024, a letter with `B` in steps of 1000. Capital and small letters mean the same. Undefined for every other text,
 * and for a size that is too large for a whole number.
 */
export function readSizeText(text: string): number | undefined {
  const [, number, letter = '', rest = ''] = /^(\d{1,15}(?:\.\d{1,6})?) ?(?:([kmgtp])?(i?b?))$/i.exec(text) ?? [];
  if (number === undefined || (letter === '' && /^i/i.test(rest))) return undefined;
  const step = rest.toLowerCase() === 'b' ? 1000 : 1024;
  const bytes = Math.floor(Number(number) * step ** powers.indexOf(letter.toLowerCase()));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
