import { knownKeywords } from './keywords.ts';

/**
 * Whether a text is a configuration of OpenSSH: its first line is a keyword with a value, and one line begins a block
 * or includes a file. An INI inventory has hosts or a heading there.
 */
export function looksLikeSshConfig(text: string): boolean {
  const lines = text.replace(/^\ufeff/, '').split('\n');
  const first = lines.find((line) => /^\s*[^\s#]/.test(line)) ?? '';
  const [, keyword = ''] = /^\s*"?(\w+)"?(?:\s*=\s*|\s+)\S/.exec(first) ?? [];
  if (/\sansible_\w+\s*=/.test(first) || !isKeyword(keyword.toLowerCase())) return false;
  return lines.some((line) => block.test(line));
}

const block = /^\s*"?(host|match|include)"?[\s=]/i;

function isKeyword(word: string): boolean {
  return /^(host|match|include)$/.test(word) || knownKeywords.has(word);
}
