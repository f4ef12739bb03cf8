import { Document, stringify, visit } from 'yaml';
import { holdsControls, replaceControls } from '../lib/controls.ts';

/**
 * One document as the original printed it: block style, keys in alphabetical order, lists not indented. Texts are
 * quoted by the rules of YAML 1.1, so that readers of either version see a text as a text.
 */
export function toYaml(value: unknown): string {
  return stringify(value, options);
}

/** The same document for a terminal: a text with controls is in double quotes, with escapes. */
export function toYamlOnTerminal(value: unknown): string {
  const document = new Document(value, options);
  visit(document, {
    Scalar(_key, scalar) {
      if (typeof scalar.value === 'string' && holdsControls(scalar.value)) scalar.type = 'QUOTE_DOUBLE';
    },
  });
  // On one line each: a text folded over lines would have escapes for its blanks, too.
  return replaceControls(document.toString({ ...options, doubleQuotedMinMultiLineLength: Infinity }), escaped);
}

const options = {
  version: '1.1',
  sortMapEntries: true,
  singleQuote: true,
  indentSeq: false,
  lineWidth: 0,
  aliasDuplicateObjects: false,
} as const;

/** YAML 1.2.2, section 5.7; the same in 1.1. */
function escaped(control: string): string {
  const digits = (control.codePointAt(0) ?? 0).toString(16);
  return digits.length > 4 ? `\\U${digits.padStart(8, '0')}` : `\\u${digits.padStart(4, '0')}`;
}
