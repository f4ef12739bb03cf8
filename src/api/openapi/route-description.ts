import { type TObject, type TSchema, Type as t } from '@sinclair/typebox';
import type { ProblemCode } from '../../lib/problems.ts';
import type { JsonPatch } from '../document-change.ts';
import type { ListRules } from '../list-query.ts';

/** What the API document says of one route, beyond what the table of permissions says of it. */
export interface RouteDescription {
  /** Its name in the document and in clients made from it. */
  id: string;
  summary: string;
  query?: TObject;
  /** Parameters that the schema of the query cannot name. */
  parameters?: readonly ExtraParameter[];
  /** What a list can be filtered and sorted by. */
  list?: ListRules;
  /** `shown`: the answer has an `ETag`, and may be 304. `heeded`: a change that `If-Match` and `If-None-Match` guard. */
  tags?: 'shown' | 'heeded';
  /** The body of a PATCH. */
  patch?: PatchDescription;
  /** Left out where no body is read. */
  body?: TSchema;
  /** Where it tells more of the body than the route itself checks. */
  bodyTold?: TSchema;
  bodyExample?: object;
  /** By status. */
  answers: Readonly<Record<number, AnswerDescription>>;
  /** Beyond those that follow from the method, the path, the query and the body. */
  problems?: readonly ProblemCode[];
}

export interface PatchDescription {
  /** Of a JSON Merge Patch. */
  merge: TSchema;
  example: object;
  /** The same as a JSON Patch. */
  lines: JsonPatch;
}

export interface ExtraParameter {
  name: string;
  in: 'query' | 'header';
  description: string;
  schema: TSchema;
  /** Whether each item is a parameter of its own, rather than all of them one with commas. */
  explode?: boolean;
}

export interface AnswerDescription {
  description: string;
  /** By media type; left out for an answer without a body. */
  content?: Readonly<Record<string, { schema: TSchema; example: unknown }>>;
  /** What each header says. */
  headers?: Readonly<Record<string, string>>;
}

/** By `METHOD /path`, as the table of permissions writes it. */
export type RouteDescriptions = Readonly<Record<string, RouteDescription>>;

export function json(description: string, schema: TSchema, example: unknown): AnswerDescription {
  return { description, content: { 'application/json': { schema, example } } };
}

export const names = t.Array(t.String());

/** What is answered when something is gone. */
export const nothing = json('Done', t.Array(t.Unknown(), { maxItems: 0 }), []);
