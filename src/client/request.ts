/** What has to be so for a record to be changed; 412 `precondition_failed` otherwise, and nothing happens. */
export interface Precondition {
  /** The record is as it was read: the tag that `etagOf` tells, or `*` for a record that is there at all. */
  ifMatch?: string;
  /** The record is not there yet. */
  ifNoneMatch?: '*';
}

/** A request to the API. */
export interface Request {
  method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';
  /** From the root, with every name in it already encoded. */
  path: string;
  /** Of a list, each item is a parameter of that name. */
  query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  /** Sent as JSON, bytes as they are: of a PATCH, a list is a JSON Patch. The original's servers want a body on every PUT. */
  body?: object;
  /** Media type of the answer; JSON, or the text of a log, when left out. */
  accept?: string;
  precondition?: Precondition;
  /**
   * Whether sending it twice does no more than sending it once: as the method says (RFC 9110, 9.2.2) when left out. What
   * has a precondition or is a JSON Patch never does: it would meet what it did itself, and be refused.
   */
  idempotent?: boolean;
  signal?: AbortSignal | undefined;
}
