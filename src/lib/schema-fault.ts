import type { TSchema } from '@sinclair/typebox';
import { Value, type ValueError, ValueErrorType } from '@sinclair/typebox/value';
import { nearestName, suggestName } from './nearest.ts';
import { choicesOf, formOf, isSchema } from './schema-form.ts';

/** What is wrong with a value, in words that show nothing of the schema. No value is repeated: it may be a secret. */
export interface SchemaFault {
  /** A JSON pointer; empty for the value as a whole. */
  readonly pointer: string;
  /** Follows the name of the member: `must be a whole number from 1 to 65535`. */
  readonly problem: string;
  /** What was probably meant, or what there is. */
  readonly hint?: string;
  /** Whether there is no such member. */
  readonly isUnknown?: true;
}

/** The first fault of a value; undefined when there is none. */
export function schemaFault(schema: TSchema, value: unknown): SchemaFault | undefined {
  const first = Value.Errors(schema, value).First();
  return first === undefined ? undefined : faultOf(first);
}

/** The fault that an error of the checker is. Reads the error's inner errors, which can be done once. */
export function faultOf(error: ValueError): SchemaFault {
  const { path: pointer, schema, type, value } = nearest(error);
  if (type === ValueErrorType.ObjectRequiredProperty) {
    return { pointer, problem: `is missing: it must be ${formOf(schema)}` };
  }
  if (type === ValueErrorType.ObjectAdditionalProperties) return unexpectedName(pointer, schema);
  const meant = meantBy(schema, value);
  return {
    pointer,
    problem: `must be ${formOf(schema)}`,
    ...(meant === undefined ? {} : { hint: `did you mean "${meant}"?` }),
  };
}

/**
 * The first member that the schema does not know, however deep; undefined when it knows all. For schemas whose members
 * must not be dropped silently. Expects a value that has the shape of the schema, and finds nothing in any other.
 */
export function unknownMember(schema: TSchema, value: unknown, pointer = ''): SchemaFault | undefined {
  if (Array.isArray(value)) {
    const { items } = schema;
    return isSchema(items)
      ? first(value.map((item, index) => unknownMember(items, item, `${pointer}/${index}`)))
      : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const known = membersOf(schema, value);
  if (known === undefined) return undefined;
  const faults = Object.entries(value).map(([name, inner]) => {
    const place = `${pointer}/${escaped(name)}`;
    const member = Object.hasOwn(known, name) ? known[name] : undefined;
    return member === undefined ? unknownName(place, Object.keys(known)) : unknownMember(member, inner, place);
  });
  return first(faults);
}

function first(faults: readonly (SchemaFault | undefined)[]): SchemaFault | undefined {
  return faults.find((fault) => fault !== undefined);
}

/** The members that an object may have; undefined where any may be there. */
function membersOf(schema: TSchema, value: object): Readonly<Record<string, TSchema>> | undefined {
  const parts: unknown = schema.anyOf ?? schema.allOf;
  if (Array.isArray(parts)) {
    const schemas = parts.filter(isSchema);
    const fitting = schema.anyOf === undefined ? [] : schemas.filter((part) => Value.Check(part, value)).slice(0, 1);
    const inner = (fitting.length > 0 ? fitting : schemas).map((part) => membersOf(part, value));
    // A part of another type, such as a number in a choice, has no members to tell.
    return inner.every((members) => members === undefined) ? undefined : Object.assign({}, ...inner);
  }
  const { properties, additionalProperties } = schema;
  return additionalProperties === true ? undefined : properties;
}

/**
 * The error to tell: for a choice between forms, the one in the form that the value comes closest to, if there is such
 * a form and the choice has no words of its own for all of them.
 */
function nearest(error: ValueError): ValueError {
  const ways = error.errors.map((way) => [...way]);
  // A form of another type is refused as a whole.
  const alike = ways.filter((way) => way.every(({ path }) => path !== error.path));
  const [best, ...others] = (alike.length > 0 ? alike : ways).toSorted((a, b) => a.length - b.length);
  const isClear = best !== undefined && others.every((other) => other.length > best.length);
  const [fault] = isClear ? best : [];
  return fault === undefined ? error : nearest(fault);
}

/** The name of a member that is not allowed: by a list of members, or by a rule for names. */
function unexpectedName(pointer: string, schema: TSchema): SchemaFault {
  const known = Object.keys(schema.properties ?? {});
  if (known.length > 0) return unknownName(pointer, known);
  const rule = typeof schema.names === 'string' ? `: it must be ${schema.names}` : '';
  return { pointer, problem: `has a name that is not allowed${rule}` };
}

function unknownName(pointer: string, known: readonly string[]): SchemaFault {
  const name = pointer.slice(pointer.lastIndexOf('/') + 1).slice(0, longest);
  return {
    pointer,
    problem: 'is not known',
    isUnknown: true,
    ...(known.length === 0 ? {} : { hint: suggestName(name, known) }),
  };
}

function meantBy(schema: TSchema, value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > longest) return undefined;
  return nearestName(value, choicesOf(schema) ?? []);
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** No name or choice is as long. */
const longest = 64;
