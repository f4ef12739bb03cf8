import fc from 'fast-check';
import type { Json, JsonObject } from '../../../src/api/openapi/written-schema.ts';
import { type ApiDocument, asList, asObject } from './api-document.ts';
import type { Random } from './random.ts';

/** Values that stand for something at the server, by the name of the member or parameter that holds them. */
export type KnownValues = Readonly<Record<string, readonly string[]>>;

/** Makes values that are as a schema of the document says, and often about what is there. */
export class ValidValues {
  readonly #document: ApiDocument;
  readonly #known: KnownValues;
  readonly #matching = new Map<string, readonly string[]>();

  constructor(document: ApiDocument, known: KnownValues) {
    this.#document = document;
    this.#known = known;
  }

  /** @param name of the member, the parameter or the array that the value is for */
  of(given: JsonObject, random: Random, name = '', depth = 0): Json {
    const schema = this.#document.resolve(given);
    const { anyOf, allOf } = schema;
    if (schema.const !== undefined) return schema.const;
    if (Array.isArray(schema.enum)) return random.pick(schema.enum);
    if (Array.isArray(anyOf)) return this.of(asObject(random.pick(anyOf)), random, name, depth);
    if (Array.isArray(allOf)) {
      return Object.assign({}, ...allOf.map((part) => asObject(this.of(asObject(part), random, name, depth))));
    }
    switch (schema.type) {
      case 'object':
        return this.#object(schema, random, depth);
      case 'array':
        return this.#array(schema, random, name, depth);
      case 'integer':
      case 'number':
        return this.#number(schema, random);
      case 'boolean':
        return random.chance(0.5);
      case 'string':
        return this.#text(schema, random, name);
      default:
        return random.pick<Json>([null, true, 1, 'a', [], {}]);
    }
  }

  #object(schema: JsonObject, random: Random, depth: number): JsonObject {
    const required = new Set(asList(schema.required));
    const wanted = depth > 3 ? 0 : depth === 0 ? 0.6 : 0.3;
    const members = Object.entries(asObject(schema.properties))
      .filter(([name]) => required.has(name) || random.chance(wanted))
      .map(([name, inner]): [string, Json] => [name, this.of(asObject(inner), random, name, depth + 1)]);
    const free = schema.additionalProperties;
    const others =
      typeof free !== 'object' ? [] : Array.from({ length: random.below(3) }, () => random.pick(freeNames));
    return Object.fromEntries([
      ...members,
      ...others.map((name): [string, Json] => [name, this.of(asObject(free), random, name, depth + 1)]),
    ]);
  }

  #array(schema: JsonObject, random: Random, name: string, depth: number): Json[] {
    const least = Number(schema.minItems ?? 0);
    const length = Math.min(least + random.below(3), Number(schema.maxItems ?? 10));
    return Array.from({ length }, () => this.of(asObject(schema.items), random, name, depth + 1));
  }

  #number({ minimum = -10, maximum = 1_000_000, type }: JsonObject, random: Random): number {
    const [least, most] = [Number(minimum), Number(maximum)];
    const value = random.pick([least, most, least + random.below(10), Math.round((least + most) / 2)]);
    return type === 'number' && random.chance(0.2) && value < most ? value + 0.5 : value;
  }

  #text({ pattern, minLength = 0, maxLength = 100_000 }: JsonObject, random: Random, name: string): string {
    const known = this.#known[name] ?? [];
    if (known.length > 0 && random.chance(0.8)) return random.pick(known);
    if (typeof pattern === 'string') return random.pick(this.#samples(pattern, Number(minLength), Number(maxLength)));
    return 'text '.repeat(20).slice(0, Math.max(Number(minLength), Math.min(Number(maxLength), random.below(20))));
  }

  #samples(pattern: string, minLength: number, maxLength: number): readonly string[] {
    const key = JSON.stringify([pattern, minLength, maxLength]);
    const known = this.#matching.get(key);
    if (known !== undefined) return known;
    const samples = matching(pattern).filter(({ length }) => length >= minLength && length <= maxLength);
    const some = samples.length > 0 ? samples : ['a'.repeat(Math.max(1, minLength))];
    this.#matching.set(key, some);
    return some;
  }
}

/** Some texts that match; plain ones where the pattern looks ahead, which the generator of texts does not know. */
function matching(pattern: string): readonly string[] {
  if (pattern.includes('(?')) return ['a', 'abc', '/tmp/a'];
  return fc.sample(fc.stringMatching(new RegExp(pattern)), { numRuns: 20, seed: 1 });
}

/** Names for members that may have any. */
const freeNames = ['rack', 'zone', 'role', 'a', 'server_url', 'token', 'a.b', 'A_-1'];
