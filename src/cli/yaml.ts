import {
  type CreateNodeOptions,
  Document,
  type DocumentOptions,
  type Scalar,
  type ScalarTag,
  type SchemaOptions,
  type Tags,
  visit,
} from 'yaml';
import { holdsControls, replaceControls } from '../lib/controls.ts';

/**
 * One document as the original printed it: block style, keys in alphabetical order, lists not indented. Readers of YAML 1.1
 * and 1.2 both get the value back: texts are quoted by the rules of either, and characters that a reader may refuse or
 * take for a line break are written as escapes.
 */
export function toYaml(value: unknown): string {
  return written(
    value,
    (text) => refused.test(text),
    (output) => output.replace(everyRefused, escaped),
  );
}

/** The same document for a terminal: a text with controls is in double quotes, with escapes. */
export function toYamlOnTerminal(value: unknown): string {
  const isRefused = (text: string) => refused.test(text) || holdsControls(text);
  return written(value, isRefused, (output) => replaceControls(output.replace(everyRefused, escaped), escaped));
}

/**
 * Tabs, which PyYAML takes in no plain text, and what YAML does not print (5.1 of 1.1 and 1.2.2) or takes for a line break
 * in 1.1 only (U+0085, U+2028, U+2029).
 */
const refused = /[[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\ufeff\ufffe\uffff]--[\n]]/v;
const everyRefused = new RegExp(refused, 'gv');

/** Texts with a meaning that the writer does not know: types `value` and `merge` of YAML 1.1, octal numbers of 1.2. */
const meaningful = /^(?:=|<<|0o[0-7]+)$/;

/** The number with a fraction and a sign in its exponent, as YAML 1.1 reads one: `1.0e+21`. */
const float: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  // Nothing is read with it; the writer prefers tags that have a test.
  test: /(?!)/,
  identify: (value) => typeof value === 'number' && JSON.stringify(value).includes('e'),
  resolve: Number,
  stringify: ({ value }) => JSON.stringify(value).replace(/^(-?\d+)e/, '$1.0e'),
};

const options = {
  version: '1.1' as const,
  sortMapEntries: true,
  aliasDuplicateObjects: false,
  // The tag of merge keys would write a text `<<` without its quotes.
  customTags: (tags: Tags) => [
    float,
    ...tags.filter((tag) => typeof tag !== 'object' || tag.tag !== 'tag:yaml.org,2002:merge'),
  ],
} satisfies DocumentOptions & SchemaOptions & CreateNodeOptions;

const layout = {
  singleQuote: true,
  indentSeq: false,
  lineWidth: 0,
  // On one line each: a text folded over lines would have escapes for its blanks, too.
  doubleQuotedMinMultiLineLength: Infinity,
} as const;

function written(
  value: unknown,
  isRefused: (text: string) => boolean,
  withEscapes: (output: string) => string,
): string {
  const document = new Document(value, options);
  visit(document, {
    Scalar(_key, scalar: Scalar) {
      if (typeof scalar.value !== 'string') return;
      if (meaningful.test(scalar.value) || isRefused(scalar.value)) scalar.type = 'QUOTE_DOUBLE';
    },
  });
  // What is escaped occurs only in double quotes now.
  return withEscapes(document.toString(layout));
}

/** YAML 1.2.2, section 5.7; the same in 1.1. */
function escaped(control: string): string {
  const digits = (control.codePointAt(0) ?? 0).toString(16);
  return digits.length > 4 ? `\\U${digits.padStart(8, '0')}` : `\\u${digits.padStart(4, '0')}`;
}
