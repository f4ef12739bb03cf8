import { AppError } from '../lib/errors.ts';
import { always, type Precondition } from '../store/precondition.ts';

/** What a route can set beside the body of an answer. */
export interface AnswerHead {
  status?: number | string;
  headers: Record<string, string | number>;
}

export interface Exchange {
  request: Request;
  set: AnswerHead;
}

/**
 * The tag of a record as it is shown: its revision, which every change of the record changes, and a `state` where the
 * answer has more than the record.
 */
export function recordTag(revision: number, state?: number | string): string {
  return state === undefined ? `"${revision}"` : `"${revision}.${state}"`;
}

/** A tag of the content alone, for answers that combine many records. */
export function contentTag(content: unknown): string {
  return `"h${contentState(content)}"`;
}

/** A state that changes with the content. */
export function contentState(content: unknown): string {
  return Bun.hash(JSON.stringify(content)).toString(36);
}

/** The content with its `ETag`, or 304 when the caller already has it (`If-None-Match`, RFC 9110, 13.1.2). */
export function tagged<T>({ request, set }: Exchange, tag: string, content: T): T | Response {
  if (isKnown(request, tag)) return notModified(tag);
  set.headers.etag = tag;
  return content;
}

/** JSON with a tag of its text alone. */
export function taggedByText(
  { request }: Pick<Exchange, 'request'>,
  text: string,
  headers: Record<string, string> = {},
): Response {
  const etag = `"h${Bun.hash(text).toString(36)}"`;
  if (isKnown(request, etag)) return notModified(etag);
  return new Response(text, { headers: { 'content-type': 'application/json', etag, ...headers } });
}

/** The same for content that is costly to make. */
export async function taggedLazily<T>(
  { request, set }: Exchange,
  tag: string,
  make: () => Promise<T>,
): Promise<T | Response> {
  return isKnown(request, tag) ? notModified(tag) : tagged({ request, set }, tag, await make());
}

/**
 * The conditions in `If-Match` and `If-None-Match` of a request that changes a record. Only the revision in a tag
 * counts: the request changes the record, and not what else the tag covers.
 *
 * @throws AppError `invalid_member` when a header is not a list of tags
 */
export function preconditionOf({ headers }: Request): Precondition {
  const wanted = tagsOf('If-Match', headers.get('if-match'));
  const unwanted = tagsOf('If-None-Match', headers.get('if-none-match'));
  if (wanted === undefined && unwanted === undefined) return always;
  return (revision) => {
    if (wanted !== undefined && !among(wanted, revision)) throw failed('If-Match', revision);
    if (unwanted !== undefined && among(unwanted, revision)) throw failed('If-None-Match', revision);
  };
}

function among(tags: readonly string[], revision: number | undefined): boolean {
  if (revision === undefined) return false;
  return tags.includes('*') || tags.some((tag) => tag.split('.')[0] === String(revision));
}

/** Whether the caller has the answer with this tag already. */
export function isKnown({ headers }: Request, tag: string): boolean {
  const tags = tagsOf('If-None-Match', headers.get('if-none-match'));
  if (tags === undefined) return false;
  return tags.includes('*') || tags.includes(tag.slice(1, -1));
}

export function notModified(etag: string): Response {
  return new Response(null, { status: 304, headers: { etag } });
}

/** The tags without their quotes. Weak tags count as strong ones: this server makes no weak tags. */
function tagsOf(header: string, text: string | null): string[] | undefined {
  if (text === null) return undefined;
  const items = text.split(',').map((item) => /^(?:\*|(?:W\/)?"([!#-~]*)")$/.exec(item.trim()));
  if (items.every((item) => item !== null)) return items.map((item) => item[1] ?? '*');
  throw new AppError('invalid_member', `${header}: "${text.slice(0, 80)}" is no list of entity tags`, {
    hint: 'send the ETag of an answer as it was, in its quotes, or *',
    details: { member: header },
  });
}

function failed(header: string, revision: number | undefined): AppError {
  const found = revision === undefined ? 'there is no such record' : `the record is at "${revision}" now`;
  return new AppError('precondition_failed', `${header} does not hold: ${found}`, {
    hint: 'read the record again and repeat the change on what it is now',
    ...(revision === undefined ? {} : { details: { etag: recordTag(revision) } }),
  });
}
