import type { TSchema } from '@sinclair/typebox';

// Words for values of a schema. A schema says in `form` what its type and bounds cannot tell: those of a pattern, and
// those of a choice between different types. `meanings` says what each of its texts means.

/** What a value has to be, to follow "must be": `a whole number from 1 to 65535`. */
export function formOf(schema: TSchema): string {
  if (typeof schema.form === 'string') return schema.form;
  const choices = choicesOf(schema);
  if (choices !== undefined) return eitherOf(choices);
  if (schema.not !== undefined) return 'left out';
  if (Array.isArray(schema.anyOf)) return eitherOf([...new Set(schema.anyOf.filter(isSchema).map(formOf))]);
  switch (schema.type) {
    case 'integer':
      return `a whole number${rangeOf(schema)}`;
    case 'number':
      return `a number${rangeOf(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'string':
      return textOf(schema);
    case 'array':
      return `an array${itemsOf(schema)}`;
    case 'null':
      return 'null';
    default:
      return 'an object';
  }
}

/** The texts that a schema allows, when it allows no others. */
export function choicesOf(schema: TSchema): string[] | undefined {
  if (typeof schema.const === 'string') return [schema.const];
  if (!Array.isArray(schema.anyOf)) return schema.const === undefined ? undefined : [String(schema.const)];
  const texts = schema.anyOf.map((choice: unknown) => (isSchema(choice) ? choice.const : undefined));
  return texts.every((text) => typeof text === 'string') ? texts : undefined;
}

/** `/strategy/gates/0/tcp` as a person writes it: `strategy.gates[0].tcp`. */
export function memberName(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((name, segment) => {
      if (/^\d+$/.test(segment)) return `${name}[${segment}]`;
      return name === '' ? segment : `${name}.${segment}`;
    }, '');
}

/** `a, b or c`. */
export function eitherOf(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}

function rangeOf({ minimum, maximum }: TSchema): string {
  const least = typeof minimum === 'number' ? minimum : undefined;
  const most = typeof maximum === 'number' && maximum < Number.MAX_SAFE_INTEGER - 1 ? maximum : undefined;
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}`;
  if (least !== undefined) return ` of at least ${least}`;
  return most === undefined ? '' : ` of at most ${most}`;
}

function textOf({ minLength = 0, maxLength }: TSchema): string {
  if (minLength > 0 && maxLength !== undefined) return `a text of ${minLength} to ${maxLength} characters`;
  if (minLength > 0) return 'a text that is not empty';
  return maxLength === undefined ? 'a text' : `a text of at most ${maxLength} characters`;
}

function itemsOf({ minItems = 0, maxItems, items }: TSchema): string {
  const what = isSchema(items) && items.type === 'string' ? 'texts' : 'items';
  if (minItems > 0 && maxItems !== undefined) return ` of ${minItems} to ${maxItems} ${what}`;
  if (minItems > 0) return ` of at least one of its ${what}`;
  if (maxItems !== undefined) return ` of at most ${maxItems} ${what}`;
  return what === 'texts' ? ' of texts' : '';
}

export function isSchema(value: unknown): value is TSchema {
  return typeof value === 'object' && value !== null;
}
