import type { RawAnswer } from './answer-reader.ts';
import type { ApiDocument } from './api-document.ts';
import type { NoAnswer } from './connection.ts';
import type { FuzzedRequest } from './requests.ts';
import { bytesOf } from './written.ts';

/** Problem documents tell what is wrong; they do not send back what was sent. */
const largestProblem = 16 * 1024;
/** Heads longer than this the parser may refuse; none of a client in use is. */
const longHead = 8 * 1024;

/** Judges answers by what the document of the API says. */
export class Oracle {
  readonly #anyStatus: ReadonlySet<number>;

  constructor({ routes }: ApiDocument) {
    this.#anyStatus = new Set(routes.flatMap(({ statuses }) => [...statuses]));
  }

  /** What is wrong with the answer, in words; undefined when nothing is. */
  faultOf(request: FuzzedRequest, answer: RawAnswer | NoAnswer): string | undefined {
    if (answer.status === 'none') return isForgiven(request, answer) ? undefined : `no answer: ${answer.reason}`;
    const { status, headers, text } = answer;
    if (status === 500) return `500: ${text.slice(0, 500)}`;
    if (!this.#mayBe(request, status)) return `${status}, which the document does not name: ${text.slice(0, 500)}`;
    if (status < 400 || request.method === 'HEAD') return undefined;
    // Without a request id it is the parser that answered: its refusals have no body.
    if (!headers.has('x-request-id'))
      return text === '' ? undefined : `${status} without a request id: ${text.slice(0, 500)}`;
    return faultOfProblem(status, text);
  }

  #mayBe(request: FuzzedRequest, status: number): boolean {
    if (ofParser(request).includes(status)) return true;
    if (request.isRouted) return request.route.statuses.has(status);
    // Where a path without a route is answered, or a method that the route has not: by what the table says of all.
    return status === 404 || status === 405 || status === 204 || this.#anyStatus.has(status);
  }
}

/** What the parser may answer before the routes see the request. */
function ofParser(request: FuzzedRequest): readonly number[] {
  const isLong = bytesOf({ ...request, body: Buffer.alloc(0) }).length > longHead;
  return [400, ...(isLong ? [431] : []), ...(request.body.length > 1024 * 1024 ? [413] : [])];
}

function faultOfProblem(status: number, text: string): string | undefined {
  if (text.length > largestProblem)
    return `a problem document of ${text.length} characters or more: ${text.slice(0, 200)}`;
  const code = codeOf(text);
  if (code === undefined) return `${status} without a problem document: ${text.slice(0, 500)}`;
  if (code === 'internal_error') return `internal_error: ${text.slice(0, 500)}`;
  // Only a container manager that is asked can fail here; nothing else that the server needs is wrong.
  if (status > 500 && code !== 'container_manager_failed') return `${status} ${code}: ${text.slice(0, 500)}`;
  return undefined;
}

function codeOf(text: string): string | undefined {
  const code = /"code":"(\w+)"/.exec(text)?.[1];
  return text.startsWith('{') ? code : undefined;
}

/** A server that does not read the rest of a body may close over it, and the answer with it is lost. */
function isForgiven({ body, method }: FuzzedRequest, { reason }: NoAnswer): boolean {
  if (reason.startsWith('no answer')) return false;
  return body.length > 1024 * 1024 || method === 'PROPFIND';
}
