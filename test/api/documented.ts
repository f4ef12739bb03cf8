import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import { openApiDocument } from '../../src/api/openapi/document.ts';
import type { Json, JsonObject } from '../../src/api/openapi/written-schema.ts';
import { rulesFor } from '../../src/api/route-match.ts';
import type { Answer, Asked } from '../support/server.ts';

/** The document, as strict as it can be read: what it does not name is not there. */
const document = closed(openApiDocument());
const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema(object(document), 'document');

/** The answer, and the request where it was taken, are as the document of the API says. */
export function expectDocumented({ method, path, type: said = '', body }: Asked, answer: Answer): void {
  const url = URL.parse(path, 'http://localhost');
  const pathname = url?.pathname.replace(/\/$/, '') ?? '';
  const rule = rulesFor(pathname).find((candidate) => candidate.method === method);
  const code = object(answer.body ?? {}).code;
  if (rule === undefined || code === 'route_not_found') return;

  const place = ['paths', rule.path.replaceAll(/:(\w+)/g, '{$1}'), method.toLowerCase()];
  const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
  const asked = `${method} ${path} is ${answer.status} ${code ?? type}`;
  const described = resolved([...place, 'responses', String(answer.status)]);
  expect(at(described), `${asked}: the document knows no such status`).toBeDefined();
  for (const name of ['X-Request-Id', 'ETag', 'X-Total-Count']) {
    const isDocumented = at([...described, 'headers', name]) !== undefined;
    expect(answer.headers.has(name), `${asked}: ${name} as in the document`).toBe(isDocumented);
  }
  if (at([...described, 'content']) === undefined) {
    expect(answer.text, `${asked}: the document knows no body`).toBe('');
  } else {
    expect(at([...described, 'content', type]), `${asked}: the document knows no such type`).toBeDefined();
    expectValid([...described, 'content', type, 'schema'], answer.body ?? answer.text, asked);
  }
  if (answer.status < 300) for (const [name, text] of url?.searchParams ?? []) expectKnown(place, name, text);
  if (answer.status < 300 && body !== undefined) {
    const bodies = [...place, 'requestBody', 'content'];
    const types = [said.split(';')[0] ?? '', 'application/json', 'application/merge-patch+json'];
    const taken = types.map((known) => [...bodies, known, 'schema']).find((schema) => at(schema) !== undefined);
    if (taken !== undefined) expectValid(taken, body, `the body of ${asked}`);
  }
}

/** The operation at this place of the document has such a parameter in its query, and this is a value of it, if it looks at the query at all. */
function expectKnown(place: readonly string[], name: string, text: string): void {
  const asked = `${name}=${text} of ${place.join(' ')}`;
  const listed = at([...place, 'parameters']);
  const parameters = (Array.isArray(listed) ? listed : []).map(object);
  if (!parameters.some(({ in: where }) => where === 'query')) return;
  const index = parameters.findIndex(({ in: where, name: known, schema }) => {
    const patterns = Object.keys(object(object(schema).patternProperties));
    return where === 'query' && (known === name || patterns.some((pattern) => new RegExp(pattern).test(name)));
  });
  expect(index, `${asked}: the document knows no such parameter`).toBeGreaterThanOrEqual(0);
  const { explode = true, schema = {} } = parameters[index] ?? {};
  const values: Readonly<Record<string, unknown>> = {
    integer: Number(text),
    array: explode === true ? [text] : text.split(','),
    object: { [name]: text },
  };
  expectValid([...place, 'parameters', String(index), 'schema'], values[String(object(schema).type)] ?? text, asked);
}

/** The value is as the schema at this place of the document says. */
export function expectValid(place: readonly string[], value: unknown, what: string): void {
  const pointer = place.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
  const validate = ajv.getSchema(`document#/${pointer.join('/')}`);
  if (validate === undefined) throw new Error(`the document has no schema at ${place.join(' ')}`);
  validate(value);
  expect(validate.errors ?? [], what).toEqual([]);
}

/** What is in the document at a place; undefined when there is nothing. */
export function at(place: readonly string[]): Json | undefined {
  return place.reduce<Json | undefined>(
    (found, part) => (found === undefined ? undefined : object(found)[part]),
    document,
  );
}

/** The place that is meant by a place at which there may be a reference. */
export function resolved(place: readonly string[]): readonly string[] {
  const reference = object(at(place) ?? {}).$ref;
  return typeof reference === 'string' ? reference.replace('#/', '').split('/') : place;
}

function object(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function closed(value: Json): Json {
  if (Array.isArray(value)) return value.map(closed);
  if (!isObject(value)) return value;
  const inner = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, closed(member)]));
  const isOpen = value.type === 'object' && isObject(value.properties) && value.additionalProperties === undefined;
  return isOpen ? { ...inner, additionalProperties: false } : inner;
}
