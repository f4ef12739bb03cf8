import type { TSchema } from '@sinclair/typebox';

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [member: string]: Json;
}

/** Turns schemas into JSON Schema (2020-12), with references to the named ones. */
export interface SchemaWriter {
  write(schema: TSchema): Json;
  /** The definition of a named schema. */
  define(schema: TSchema): Json;
}

/**
 * Schemas are compared by their content, so that a copy with another flag still matches the named one.
 */
export function schemaWriter(named: Readonly<Record<string, TSchema>>): SchemaWriter {
  const nameOf = new Map(Object.entries(named).map(([name, schema]) => [JSON.stringify(schema), name]));
  const write = (value: Json): Json => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(write);
    const name = nameOf.get(JSON.stringify(value));
    if (name !== undefined) return { $ref: `#/components/schemas/${name}` };
    // A member may have the named schema, and a description of its own.
    const { description, ...plainly } = value;
    if (description === undefined) return members(value);
    const alike = nameOf.get(JSON.stringify(plainly));
    return alike === undefined ? members(value) : { $ref: `#/components/schemas/${alike}`, description };
  };
  const members = (value: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(simplified(value)).map(([member, inner]) => [member, write(inner)]));

  return {
    write: (schema) => write(plain(schema)),
    define(schema) {
      const value = plain(schema);
      return isObject(value) ? members(value) : value;
    },
  };
}

/** The value as JSON: a schema loses the symbols that TypeBox adds. */
export function plain(value: unknown): Json {
  return JSON.parse(JSON.stringify(value));
}

/** The same in a form that is easier to read for people and viewers. */
function simplified({ anyOf, patternProperties, range, ...rest }: JsonObject): JsonObject {
  const others = Object.fromEntries(Object.entries(rest).filter(([name, value]) => !isForPeople(name, value)));
  const constants = Array.isArray(anyOf) ? anyOf.map((choice) => (isObject(choice) ? choice.const : undefined)) : [];
  const isChoice = constants.length > 0 && constants.every((constant) => typeof constant === 'string');
  const ofAll = isObject(patternProperties) ? (patternProperties['^(.*)$'] ?? patternProperties['^[^]*$']) : undefined;
  return {
    ...(isObject(range) ? { ...others, ...integer(range) } : others),
    ...(isChoice ? { type: 'string', enum: constants.filter((constant) => constant !== undefined) } : {}),
    ...(isChoice || anyOf === undefined ? {} : { anyOf }),
    ...(ofAll === undefined ? {} : { additionalProperties: ofAll }),
    ...(ofAll !== undefined || patternProperties === undefined ? {} : { patternProperties }),
  };
}

/** What `lib/schema-form` reads is no word of JSON Schema. A member of an object may have the same name. */
function isForPeople(name: string, value: Json): boolean {
  if (name === 'meanings') return isObject(value) && !('type' in value);
  return (name === 'form' || name === 'names') && typeof value === 'string';
}

function integer({ minimum = null, maximum = null, otherwise }: JsonObject): JsonObject {
  return { type: 'integer', minimum, maximum, ...(otherwise === undefined ? {} : { default: otherwise }) };
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
