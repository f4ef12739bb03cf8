import type { JSONValue } from 'json-p3';
import { UsageError } from './usage-error.ts';

export const formats = ['yaml', 'json', 'table'] as const;
export type Format = (typeof formats)[number];

/** What of a result is printed, where that is not simply all of it. */
export type Shape =
  /** A table with all of its columns, uncut. */
  | { readonly kind: 'wide' }
  /** The names of the records alone. */
  | { readonly kind: 'name' }
  | { readonly kind: 'jsonpath'; readonly path: string };

const pathPrefix = 'jsonpath=';

/** The values of `--output`. */
export const outputs = { choices: [...formats, 'wide', 'name'], prefixes: [pathPrefix] } as const;

/** The format and the shape that a value of `--output` stands for. */
export function outputOf(output: string): { format: Format; shape?: Shape } {
  if (output === 'wide') return { format: 'table', shape: { kind: 'wide' } };
  if (output === 'name') return { format: 'json', shape: { kind: 'name' } };
  if (output.startsWith(pathPrefix)) {
    return { format: 'json', shape: { kind: 'jsonpath', path: output.slice(pathPrefix.length) } };
  }
  return { format: formats.find((format) => format === output) ?? 'yaml' };
}

/** Refuses a shape for a command that prints line by line: it has no one result to choose from. @throws UsageError */
export function checkLines({ shape }: { readonly shape: Shape | undefined }): void {
  if (shape === undefined || shape.kind === 'wide') return;
  throw new UsageError('-o name and -o jsonpath= choose from one result, but this command prints line by line', {
    hint: 'use -o json, and choose from each line',
  });
}

/**
 * A query of RFC 9535, as a function that finds values. `$` may be left out; braces around it, as kubectl wants them,
 * may stay.
 *
 * @throws UsageError when it is none
 */
export async function valuesAt(path: string): Promise<(value: unknown) => unknown[]> {
  const { compile, JSONPathError } = await import('json-p3');
  const inner = /^\{(.*)\}$/s.exec(path)?.[1] ?? path;
  const begun = inner.startsWith('$') ? inner : `$${/^[.[]/.test(inner) ? '' : '.'}${inner}`;
  try {
    const query = compile(begun);
    return (value) => {
      const document: JSONValue = JSON.parse(JSON.stringify(value));
      return query.query(document).values();
    };
  } catch (error) {
    if (!(error instanceof JSONPathError)) throw error;
    throw new UsageError(`-o jsonpath=${path}: ${error.message}`, {
      hint: "write it as in -o 'jsonpath=$[*].address' or -o 'jsonpath=$.facts.kernel'",
    });
  }
}

/** Whether the table is to have everything (`-o wide`). */
export function isWide({ shape }: { readonly shape?: Shape | undefined }): boolean {
  return shape?.kind === 'wide';
}
