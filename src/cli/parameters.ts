import { UsageError } from './usage-error.ts';

/** `KEY=VALUE`, whose value is a text, or a JSON object with any values; of one key the last counts. @throws UsageError */
export function parametersOf(words: readonly string[]): Record<string, unknown> {
  return Object.assign({}, ...words.map(parameterOf));
}

function parameterOf(word: string): object {
  if (word.startsWith('{')) return objectOf(word);
  const at = word.indexOf('=');
  if (at > 0) return { [word.slice(0, at)]: word.slice(at + 1) };
  throw notParameter(word);
}

function objectOf(word: string): object {
  try {
    const parsed: unknown = JSON.parse(word);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // What begins with a brace and is no JSON is told of below.
  }
  throw notParameter(word);
}

function notParameter(word: string): UsageError {
  return new UsageError(`--parameter: "${word}" is not a parameter`, {
    hint: 'write it as KEY=VALUE, or as a JSON object',
  });
}
