import { UsageError } from './usage-error.ts';

/**
 * Parses the words of an option: `KEY=VALUE`, whose value is a text, or a JSON object with any values; the last one of
 * a key counts. White space around the key and the value of `--options` is removed, as the original did.
 *
 * @throws UsageError
 */
export function parametersOf(option: '--parameter' | '--options', words: readonly string[]): Record<string, unknown> {
  const read = option === '--options' ? (text: string) => text.trim() : (text: string) => text;
  return Object.assign({}, ...words.map((word) => parameterOf(option, read(word), read)));
}

function parameterOf(option: string, word: string, read: (text: string) => string): object {
  if (word.startsWith('{')) return objectOf(option, word);
  const at = word.indexOf('=');
  const key = read(word.slice(0, Math.max(at, 0)));
  if (key !== '') return { [key]: read(word.slice(at + 1)) };
  throw notParameter(option, word);
}

function objectOf(option: string, word: string): object {
  try {
    const parsed: unknown = JSON.parse(word);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // A text that begins with a brace and is not JSON is reported below.
  }
  throw notParameter(option, word);
}

function notParameter(option: string, word: string): UsageError {
  const what = option === '--options' ? 'an option' : 'a parameter';
  return new UsageError(`${option}: "${word}" is not ${what}`, {
    hint: 'write it as KEY=VALUE, or as a JSON object',
  });
}
