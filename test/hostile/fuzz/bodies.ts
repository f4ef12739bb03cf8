import type { Json, JsonObject } from '../../../src/api/openapi/written-schema.ts';
import { isObject } from './api-document.ts';
import { hostileName, hostileValue, type Trick } from './hostile-values.ts';
import type { Random } from './random.ts';

export interface Body {
  readonly bytes: Buffer;
  /** What is wrong with it; `valid` when nothing was done. */
  readonly trick: string;
}

/** A body made of a valid one, most often with something wrong in it. */
export function bodyOf(valid: Json, random: Random): Body {
  const way = random.below(100);
  const text = JSON.stringify(valid);
  if (way < 25) return { bytes: Buffer.from(text), trick: 'valid' };
  if (way < 55) return asText(replaced(valid, random));
  if (way < 70) return asText(extended(valid, random));
  if (way < 77) return asText(duplicated(text, random));
  if (way < 84) return asText(hostileValue(random));
  return random.pick(encodings)(text);
}

function asText({ name, text }: Trick): Body {
  return { bytes: Buffer.from(text), trick: name };
}

/** No text that a schema allows looks like this one. */
const hole = 'the hole that is filled with a trick';

/** With a trick in place of one of its values, at any depth. */
function replaced(valid: Json, random: Random): Trick {
  const places = placesOf(valid).filter((place) => place.length > 0);
  if (places.length === 0) return extended(valid, random);
  const place = random.pick(places);
  const { name, text } = hostileValue(random);
  const written = JSON.stringify(withHole(valid, place)).replace(JSON.stringify(hole), () => text);
  return { name: `${name} at /${place.join('/')}`, text: written };
}

/** With one more member in one of its objects. */
function extended(valid: Json, random: Random): Trick {
  const objects = placesOf(valid).filter((place) => isObject(valueAt(valid, place)));
  const place = objects.length === 0 ? undefined : random.pick(objects);
  if (place === undefined) return hostileValue(random);
  const { name, text } = hostileValue(random);
  const member = hostileName(random);
  const written = JSON.stringify(withHole(valid, [...place, hole]))
    .replace(JSON.stringify(hole), () => member)
    .replace(JSON.stringify(hole), () => text);
  return { name: `${name} as ${member} in /${place.join('/')}`, text: written };
}

/** With its first member again at its end, as something else. */
function duplicated(text: string, random: Random): Trick {
  const first = /^\{("(?:[^"\\]|\\.)*"):/.exec(text)?.[1] ?? '"a"';
  const { name, text: value } = hostileValue(random);
  const begun = text.startsWith('{') && text !== '{}' ? text.slice(0, -1) : '{"a":1';
  return { name: `${name} as a second ${first}`, text: `${begun},${first}:${value}}` };
}

const limit = 1024 * 1024;

/** What is done to the bytes of a valid text. */
const encodings: ReadonlyArray<(text: string) => Body> = [
  (text) => ({ trick: 'byte order mark', bytes: Buffer.from(`\ufeff${text}`) }),
  (text) => ({ trick: 'UTF-16', bytes: Buffer.from(`\ufeff${text}`, 'utf16le') }),
  (text) => ({ trick: 'UTF-16 without a mark', bytes: Buffer.from(text, 'utf16le') }),
  (text) => ({
    trick: 'UTF-32',
    bytes: Buffer.from(new Uint32Array([...text].map((c) => c.codePointAt(0) ?? 0)).buffer),
  }),
  (text) => ({
    trick: 'not UTF-8',
    bytes: Buffer.concat([Buffer.from(text.slice(0, 5)), Buffer.from([0xff, 0xfe]), Buffer.from(text.slice(5))]),
  }),
  (text) => ({ trick: 'overlong UTF-8', bytes: Buffer.concat([Buffer.from(text), Buffer.from([0xc0, 0xaf])]) }),
  (text) => ({
    trick: 'surrogate in UTF-8',
    bytes: Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from(`"}${text}`)]),
  }),
  (text) => ({ trick: 'cut off', bytes: Buffer.from(text.slice(0, Math.ceil(text.length / 2))) }),
  (text) => ({ trick: 'more behind it', bytes: Buffer.from(`${text}${text}`) }),
  (text) => ({ trick: 'NUL behind it', bytes: Buffer.from(`${text}\0`) }),
  (text) => ({ trick: 'gzip', bytes: Buffer.from(Bun.gzipSync(Buffer.from(text))) }),
  () => ({ trick: 'empty', bytes: Buffer.alloc(0) }),
  () => ({ trick: 'a form', bytes: Buffer.from('a=b&__proto__=c') }),
  () => ({ trick: 'noise', bytes: Buffer.from(Array.from({ length: 512 }, (_, index) => (index * 167) % 256)) }),
  (text) => ({
    trick: 'exactly 1 MiB',
    bytes: Buffer.concat([Buffer.from(text), Buffer.alloc(Math.max(0, limit - Buffer.byteLength(text)), ' ')]),
  }),
  (text) => ({
    trick: 'a byte over 1 MiB',
    bytes: Buffer.concat([Buffer.from(text), Buffer.alloc(limit + 1, ' ')]).subarray(0, limit + 1),
  }),
  () => ({ trick: '1 MiB of brackets', bytes: Buffer.alloc(limit, '[') }),
  () => ({ trick: '3 MiB', bytes: Buffer.alloc(3 * limit, ' ') }),
];

type Place = readonly string[];

/** Every value in it, by the names and indices that lead there; the whole is the empty one. */
function placesOf(value: Json, place: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [place];
  return [place, ...Object.entries(value).flatMap(([name, inner]) => placesOf(inner, [...place, name]))];
}

function valueAt(value: Json, place: Place): Json | undefined {
  return place.reduce<Json | undefined>(
    (found, name) =>
      typeof found === 'object' && found !== null
        ? Object.entries(found).find(([key]) => key === name)?.[1]
        : undefined,
    value,
  );
}

/** A copy with the hole at that place; a place in an object that is not there yet is added. */
function withHole(value: Json, [name, ...rest]: Place): Json {
  if (name === undefined) return hole;
  if (Array.isArray(value))
    return value.map((inner, index) => (String(index) === name ? withHole(inner, rest) : inner));
  if (!isObject(value)) return hole;
  return withMember(value, name, withHole(value[name] ?? null, rest));
}

function withMember(object: JsonObject, name: string, value: Json): JsonObject {
  return Object.fromEntries([...Object.entries(object).filter(([other]) => other !== name), [name, value]]);
}
