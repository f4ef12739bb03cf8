export type ShellWords = { words: string[] } | { problem: string };

/**
 * Splits a text into words as Ansible does, with Python's `shlex`: quotes join, a backslash escapes except between
 * single quotes.
 *
 * @param remarks whether a `#` outside of quotes, also within a word, begins a remark
 */
export function shellWords(text: string, remarks: 'skipped' | 'taken'): ShellWords {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === '\\' && quote !== "'") {
      index += 1;
      if (index >= text.length) return { problem: 'nothing follows the last backslash' };
      const next = text.charAt(index);
      // Between double quotes only these two are escaped.
      word = (word ?? '') + (quote === '"' && !/["\\]/.test(next) ? '\\' : '') + next;
    } else if (quote !== '') {
      if (character === quote) quote = '';
      else word = (word ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/[ \t\r\n]/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === '#' && remarks === 'skipped') break;
    else word = (word ?? '') + character;
  }
  if (quote !== '') return { problem: `a quotation is not closed: ${quote}` };
  if (word !== undefined) words.push(word);
  return { words };
}
