import { isTemplate, type Value } from './value.ts';

/**
 * The value of a variable in an INI inventory. Ansible evaluates it as a literal of Python, and keeps the text when it
 * is none: `"22"  # ssh` is the text 22, `None` no value, `deploy # ssh` a text with a remark in it.
 */
export function pythonLiteral(text: string): Value {
  if (isTemplate(text)) return { type: 'text', text };
  const code = text.replace(/^[ \t]+/, '');
  const [, quote = '', inner = ''] = /^(["'])((?:(?!\1)[^\\\n])*)\1\s*(?:#.*)?$/.exec(code) ?? [];
  if (quote !== '') return { type: 'text', text: inner };
  const [, word = ''] = /^([^#]*?)\s*(?:#.*)?$/.exec(code) ?? [];
  if (/^[+-]?(?:0+|[1-9]\d*)$/.test(word)) return { type: 'number', text: String(BigInt(word.replace(/^\+/, ''))) };
  if (word === 'None') return { type: 'none' };
  return isPerhapsLiteral(word) ? { type: 'other' } : { type: 'text', text };
}

/** Numbers that are not whole, truth values, other spellings of texts, and what may be a list or an object. */
function isPerhapsLiteral(word: string): boolean {
  if (/^(?:True|False|\.\.\.)$/.test(word)) return true;
  if (/^(?:[rbu]|br|rb)?["']/i.test(word) || /^[[{(]/.test(word)) return true;
  if (/^0\d+$/.test(word)) return false;
  return /^[+-]?(?:0[box][\da-f_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[+-]?\d[\d_]*)?j?)$/i.test(word);
}
