import { type Static, type TSchema, Type as t } from '@sinclair/typebox';
import { applyPatch, Pointer } from 'rfc6902';
import { AppError } from '../lib/errors.ts';
import { mostNesting, nestingOf } from '../lib/nesting.ts';
import { checked, invalid } from './checked-document.ts';

/** RFC 6902. */
export const JsonPatch = t.Array(
  t.Union(
    [
      t.Object({ op: t.Literal('add'), path: t.String(), value: t.Unknown() }),
      t.Object({ op: t.Literal('remove'), path: t.String() }),
      t.Object({ op: t.Literal('replace'), path: t.String(), value: t.Unknown() }),
      t.Object({ op: t.Literal('move'), from: t.String(), path: t.String() }),
      t.Object({ op: t.Literal('copy'), from: t.String(), path: t.String() }),
      t.Object({ op: t.Literal('test'), path: t.String(), value: t.Unknown() }),
    ],
    {
      description: 'add, remove, replace, move, copy or test, with its path, and its value or from',
      form: 'an object with op (add, remove, replace, move, copy or test), its path, and its value or from',
    },
  ),
  { maxItems: 100 },
);
export type JsonPatch = Static<typeof JsonPatch>;

/** The content types of a PATCH, as in `Accept-Patch` (RFC 5789, section 3.1). */
export const patchTypes = 'application/merge-patch+json, application/json-patch+json';

/** Characters of JSON that all lines of a patch may copy and move together: each line could double the document. */
const mostCharacters = 256 * 1024;

/** Names that the library skips in a path to protect prototypes, so that the path would lead elsewhere. */
const passedOver = ['__proto__', 'constructor', 'prototype'];

/** Whether the body is a JSON Patch (RFC 6902); only the content type says so. */
export function isJsonPatch({ method, headers }: Pick<Request, 'method' | 'headers'>): boolean {
  const [type = ''] = (headers.get('content-type') ?? '').split(';');
  return method === 'PATCH' && type.trim().toLowerCase() === 'application/json-patch+json';
}

/**
 * Applies the body of a PATCH to a document: a JSON Patch line by line, all lines or none, any other body as a JSON
 * Merge Patch (RFC 7396). The given document is not changed.
 *
 * @param schema of the changed document
 * @throws AppError `invalid_member`; when applied to a document also `patch_failed`
 */
export function documentChange<S extends TSchema>(
  request: Request,
  body: unknown,
  schema: S,
): (document: object) => Static<S> {
  const place = { path: request.url };
  if (!isJsonPatch(request)) return (document) => checked(schema, merged(document, body), place);
  const patch = checked(JsonPatch, body, { ...place, whole: 'the patch' });
  return (document) => checked(schema, patched(document, patch), place);
}

/** RFC 7396, section 2. */
function merged(document: unknown, change: unknown): unknown {
  if (!isObject(change)) return change;
  const members = new Map<string, unknown>(isObject(document) ? Object.entries(document) : []);
  for (const [name, value] of Object.entries(change)) {
    if (value === null) members.delete(name);
    else members.set(name, merged(members.get(name), value));
  }
  return Object.fromEntries(members);
}

/** A holder contains the document, so that a line can replace the whole document. */
function patched(document: object, patch: JsonPatch): unknown {
  const holder = { document: structuredClone(document) };
  let taken = 0;
  for (const [index, line] of patch.entries()) {
    const inHolder = { ...line, path: within(index, 'path', line.path) };
    const moved = 'from' in line ? { from: within(index, 'from', line.from) } : {};
    const placed = placedBy(holder, { ...line, ...moved });
    if (nestingOf(placed) + depthOf(line.path) > mostNesting) {
      throw invalid(`/${index}`, `it makes a document that is nested more than ${mostNesting} deep`);
    }
    if ('from' in line) taken += placed.length;
    if (taken > mostCharacters) throw invalid(`/${index}`, 'the patch copies and moves too much');
    const [failure] = applyPatch(holder, [{ ...inHolder, ...moved }]);
    if (failure instanceof Error) throw patchFailed(index, line, failure.name);
  }
  return holder.document;
}

/** The JSON that a line adds to the document; empty for a line that adds nothing, or whose source does not exist. */
function placedBy(holder: object, line: JsonPatch[number]): string {
  if (line.op === 'add' || line.op === 'replace') return JSON.stringify(line.value);
  return 'from' in line ? (JSON.stringify(Pointer.fromJSON(line.from).get(holder)) ?? '') : '';
}

/** The number of segments of a JSON pointer. */
function depthOf(pointer: string): number {
  return pointer.split('/').length - 1;
}

/** @throws AppError `invalid_member` when the text is no JSON pointer (RFC 6901) */
function within(index: number, member: 'path' | 'from', pointer: string): string {
  const place = `/${index}/${member}`;
  if (!/^(\/([^~/]|~[01])*)*$/.test(pointer))
    throw invalid(place, `"${pointer.slice(0, 80)}" is no JSON pointer`, 'write it like /labels/rack');
  const unreachable = pointer.split('/').find((token) => passedOver.includes(token));
  if (unreachable !== undefined) throw invalid(place, `a patch cannot reach "${unreachable}"; use a JSON Merge Patch`);
  return `/document${pointer}`;
}

function patchFailed(index: number, { op, path }: JsonPatch[number], failure: string): AppError {
  const why = failure === 'TestError' ? 'the record has another value there' : 'the record has no such place';
  return new AppError('patch_failed', `line ${index} of the patch, ${op} ${path.slice(0, 200)}: ${why}`, {
    hint: 'read the record again and repeat the change on what it is now',
    details: { line: index, op, path },
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
