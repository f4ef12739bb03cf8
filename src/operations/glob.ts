/**
 * Whether a text is as the pattern says, in which `*` stands for any characters or none. Not a regular expression,
 * because one with many stars takes time without bound.
 */
export function globMatcher(pattern: string): (text: string) => boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return (text) => text === pattern;
  return (text) => {
    if (!text.startsWith(head)) return false;
    let position = head.length;
    for (const part of rest) {
      const found = text.indexOf(part, position);
      if (found === -1) return false;
      position = found + part.length;
    }
    return text.length - position >= tail.length && text.endsWith(tail);
  };
}
