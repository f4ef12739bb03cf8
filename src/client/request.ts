/** A condition for a change; when it does not hold, the answer is 412 `precondition_failed` and nothing changes. */
export interface Precondition {
  /** The record is unchanged since it was read: the tag from `etagOf`, or `*` for any existing record. */
  ifMatch?: string;
  /** The record does not exist yet. */
  ifNoneMatch?: '*';
}

/** A request to the API. */
export interface Request {
  method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';
  /** From the root, with all names encoded. */
  path: string;
  /** Each item of a list becomes a parameter with that name. */
  query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  /**
   * Sent as JSON, bytes unchanged. In a PATCH a list is a JSON Patch. The original's servers need a body with every
   * PUT.
   */
  body?: object;
  /** Media type of the answer; when left out, JSON or the text of a log. */
  accept?: string;
  precondition?: Precondition;
  /**
   * Whether sending the request twice has the same effect as once; when left out, the method decides (RFC 9110, 9.2.2).
   * A request with a precondition or a JSON Patch is never idempotent: the second one would meet the effect of the
   * first, and be refused.
   */
  idempotent?: boolean;
  /** Whether the request changes nothing although its method could: it is sent in a dry run, too. */
  isRead?: true;
  /** Milliseconds that the answer may take, where that is longer than for other requests. */
  timeout?: number;
  signal?: AbortSignal | undefined;
}
