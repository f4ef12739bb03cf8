import type { Request } from './request.ts';

/** What would have been sent to the server. */
export interface UnsentRequest {
  method: Request['method'];
  /** With the query. */
  path: string;
  /** What goes as JSON, or bytes that go as they are. */
  body: object | undefined;
}

/** It is a dry run: a request that changes something was told of instead of being sent, so there is no answer. */
export class NotSent extends Error {
  override readonly name = 'NotSent';

  constructor({ method, path }: UnsentRequest) {
    super(`${method} ${path} was not sent`);
  }
}
