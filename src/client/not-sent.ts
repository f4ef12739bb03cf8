import type { Request } from './request.ts';

/** A request that was not sent. */
export interface UnsentRequest {
  method: Request['method'];
  /** With the query. */
  path: string;
  /** An object to send as JSON, or raw bytes. */
  body: object | undefined;
}

/**
 * Thrown in a dry run: the request would change something, so it was reported instead of sent, and there is no answer.
 */
export class NotSent extends Error {
  override readonly name = 'NotSent';

  constructor({ method, path }: UnsentRequest) {
    super(`${method} ${path} was not sent`);
  }
}
