/** Longer lines of a manual page are hard to read for who looks at its source; mandoc warns of them. */
const width = 78;

/** Text that roff shows as it is, and never takes for a request. What ASCII has not is named by its number. */
export function roffText(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll(/^(?=[.'])/gm, '\\&')
    .replaceAll('-', '\\-')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll(/[^\n\u0020-\u007e]/gu, (character) => {
      const code = character.codePointAt(0) ?? 0;
      return code < 0x20 ? ' ' : `\\[u${code.toString(16).toUpperCase().padStart(4, '0')}]`;
    });
}

/** Code in a sentence, already in roff. Short code stays on one line; long code breaks at blanks and after separators. */
export function spacedCode(code: string): string {
  return code.length <= 24 ? code.replaceAll(' ', '\\ ') : code.replace(/[/?&,=](?=\S)/g, '$&\\:');
}

/** Words in lines of at most 78 bytes, where they can be cut. No line begins as a request of roff. */
export function filled(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(/(?<!\\)\s+/).filter((each) => each !== '')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width)
      lines.push(/^[.']/.test(word) ? `\\&${word}` : word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join('\n');
}
