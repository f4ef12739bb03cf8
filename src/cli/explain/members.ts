import { type TSchema, Type as t } from '@sinclair/typebox';
import { choicesOf, formOf, isSchema } from '../../lib/schema-form.ts';

/** A member of a record, as a person is told of it. */
export interface Member {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  /** What it must be where it is given, when its type does not say it. */
  readonly form?: string;
  /** Its texts, with their meanings; an empty meaning where the text says it. */
  readonly values: readonly (readonly [value: string, meaning: string])[];
  /** The members of the object, or of the objects in the array, that it is. */
  readonly members: readonly Member[];
}

/** The members of an object; of several forms of it, those of all. */
export function membersOf(schema: TSchema): Member[] {
  return Object.entries(propertiesOf(schema)).map(([name, member]) => memberOf(name, member));
}

/** A member with what its schema says of it. */
export function memberOf(name: string, schema: TSchema): Member {
  const inner = innerOf(schema);
  const form = formOf(schema);
  return {
    name,
    type: typeOf(schema),
    description: descriptionOf(schema),
    ...(isPlain(form, typeOf(schema)) ? {} : { form }),
    values: valuesOf(schema),
    members: inner === undefined ? [] : membersOf(inner),
  };
}

/** `a text` says no more than the type `text`. */
function isPlain(form: string, type: string): boolean {
  return [`a ${type}`, `an ${type}`, type, 'an object'].includes(form) || form === 'true or false';
}

function propertiesOf(schema: TSchema): Record<string, TSchema> {
  const parts: unknown = schema.anyOf ?? schema.allOf;
  if (!Array.isArray(parts)) return schema.properties ?? {};
  const found: Record<string, TSchema[]> = {};
  for (const part of parts.filter(isSchema)) {
    for (const [name, member] of Object.entries(propertiesOf(part))) {
      // Forms say which members the other forms do not have.
      if (member.not === undefined) found[name] = [...(found[name] ?? []), described(member, part)];
    }
  }
  return Object.fromEntries(Object.entries(found).map(([name, members]) => [name, merged(members)]));
}

/** What tells the forms apart is a constant, whose meaning the form says. */
function described(member: TSchema, { description }: TSchema): TSchema {
  if (member.const === undefined || member.description !== undefined || description === undefined) return member;
  return { ...member, description };
}

function merged(members: readonly TSchema[]): TSchema {
  const [first, ...others] = members.toSorted((a, b) => (b.description ?? '').length - (a.description ?? '').length);
  if (first === undefined) return t.Object({});
  const isChoice = others.length > 0 && members.every((member) => typeof member.const === 'string');
  return isChoice ? t.Union([...members], { description: 'Which form it has' }) : first;
}

/** The object that a member is, or has, beside null. */
function innerOf(schema: TSchema): TSchema | undefined {
  if (isSchema(schema.items)) return innerOf(schema.items);
  const parts = (Array.isArray(schema.anyOf) ? schema.anyOf : [])
    .filter(isSchema)
    .filter(({ type }) => type !== 'null');
  if (parts.length === 1 && parts[0] !== undefined) return innerOf(parts[0]);
  const hasMembers = Object.keys(propertiesOf(schema)).length > 0;
  return hasMembers ? schema : undefined;
}

function typeOf(schema: TSchema): string {
  if (choicesOf(schema) !== undefined || schema.type === 'string') return 'text';
  if (Array.isArray(schema.anyOf)) return [...new Set(schema.anyOf.filter(isSchema).map(typeOf))].join(' or ');
  if (schema.type === 'array') return isSchema(schema.items) ? `array of ${typeOf(schema.items)}` : 'array';
  if (schema.type === 'integer') return 'integer';
  if (schema.type === 'boolean') return 'true or false';
  if (typeof schema.const === 'boolean') return String(schema.const);
  return typeof schema.type === 'string' ? schema.type : 'any value';
}

/** Of a reference to another record it is that of the record. */
function descriptionOf(schema: TSchema): string {
  if (typeof schema.description === 'string') return schema.description;
  const parts = Array.isArray(schema.anyOf) ? schema.anyOf.filter(isSchema) : [];
  return parts.map(({ description }) => description).find((text) => typeof text === 'string') ?? '';
}

function valuesOf(schema: TSchema): (readonly [string, string])[] {
  if (isSchema(schema.meanings)) {
    return Object.entries(schema.meanings).map(([value, meaning]) => [value, String(meaning)] as const);
  }
  if (isSchema(schema.items)) return valuesOf(schema.items);
  if (!Array.isArray(schema.anyOf)) return [];
  return schema.anyOf.filter(isSchema).flatMap((part) => {
    if (typeof part.const === 'string') return [[part.const, String(part.description ?? '')] as const];
    return part.anyOf === undefined ? [] : valuesOf(part);
  });
}
