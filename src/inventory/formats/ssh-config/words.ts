/**
 * Splits the arguments of a keyword as ssh does: quotes of both kinds join, a backslash escapes quotes, itself and,
 * outside of quotes, a blank. A word that begins with `#` begins a remark. Undefined when a quotation is not closed.
 */
export function argumentsOf(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    const next = text.charAt(index + 1);
    if (quote === '' && /[ \t]/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (word === undefined && character === '#') break;
    else if (character === '\\' && (/["'\\]/.test(next) || (quote === '' && next === ' '))) {
      word = (word ?? '') + next;
      index += 1;
    } else if (character === quote) quote = '';
    else if (quote === '' && /["']/.test(character)) {
      quote = character;
      word ??= '';
    } else word = (word ?? '') + character;
  }
  if (quote !== '') return undefined;
  return word === undefined ? words : [...words, word];
}

/**
 * The first word of a keyword's line or of a `Match` line, which ssh delimits in another way: by blanks or one `=`,
 * and a word ends where a double quote closes. Undefined when a quotation is not closed.
 */
export function delimited(text: string): { word: string; rest: string } | undefined {
  const [all = '', plain = '', quoted] =
    /^([^ \t\r"=]*)(?:"([^"]*)"[ \t\r]*|[ \t\r]+=?[ \t\r]*|=[ \t\r]*|$)/.exec(text) ?? [];
  if (all === '' && text !== '') return undefined;
  return { word: plain + (quoted ?? ''), rest: text.slice(all.length) };
}
