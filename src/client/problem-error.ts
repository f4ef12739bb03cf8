import type { Request } from './request.ts';

export interface Problem {
  status: number;
  /** A code of `docs/errors.md`; undefined when something other than a commissaire server of this line answered. */
  code: string | undefined;
  detail: string;
  hint: string | undefined;
  /** The id of the request in the server's log, from `X-Request-Id`. */
  requestId: string | undefined;
  /** The whole problem, with members such as the id of the operation that has the lock. */
  members: Readonly<Record<string, unknown>>;
}

/** The server answered with a problem (RFC 9457). The message is its detail. */
export class ProblemError extends Error implements Problem {
  override readonly name = 'ProblemError';
  readonly status: number;
  readonly code: string | undefined;
  readonly detail: string;
  readonly hint: string | undefined;
  readonly requestId: string | undefined;
  readonly members: Readonly<Record<string, unknown>>;

  constructor({ status, code, detail, hint, requestId, members }: Problem) {
    super(detail);
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.hint = hint;
    this.requestId = requestId;
    this.members = members;
  }
}

/**
 * Reads a problem. An error page of a proxy, or the plain reason of the original, becomes a problem that names the
 * request.
 */
export async function problemOf({ method, path }: Request, response: Response): Promise<ProblemError> {
  const { status } = response;
  const members = membersOf(await response.text());
  const { code, detail, title, hint } = members;
  const asked = `${method} ${path} was answered with ${status}${response.statusText === '' ? '' : ` ${response.statusText}`}`;
  return new ProblemError({
    status,
    code: text(code),
    detail: text(detail) ?? text(title) ?? asked,
    hint: text(hint) ?? redirectHint(response),
    requestId: text(response.headers.get('x-request-id')),
    members,
  });
}

function membersOf(body: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : {};
  } catch {
    return {};
  }
}

function redirectHint(response: Response): string | undefined {
  const location = response.status < 400 ? response.headers.get('location') : null;
  return location === null ? undefined : `the server is at another address: ${location}`;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
