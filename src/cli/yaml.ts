import { stringify } from 'yaml';

/**
 * One document as the original printed it: block style, keys in alphabetical order, lists not indented. The rules of
 * YAML 1.1 decide what needs quotes, so that readers of either version see a text as a text.
 */
export function toYaml(value: unknown): string {
  return stringify(value, {
    version: '1.1',
    sortMapEntries: true,
    singleQuote: true,
    indentSeq: false,
    lineWidth: 0,
    aliasDuplicateObjects: false,
  });
}
