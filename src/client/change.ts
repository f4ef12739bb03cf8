import type { Request } from './transport.ts';

/** What has to be so for a record to be changed; 412 `precondition_failed` otherwise, and nothing happens. */
export interface Precondition {
  /** The record is as it was read: the tag that `etagOf` tells, or `*` for a record that is there at all. */
  ifMatch?: string;
  /** The record is not there yet. */
  ifNoneMatch?: '*';
}

export interface ChangeOptions extends Precondition {
  signal?: AbortSignal | undefined;
}

/** The part of a request that the last argument of a change is about. */
export function changing(options: AbortSignal | ChangeOptions = {}): Pick<Request, 'signal' | 'precondition'> {
  return options instanceof AbortSignal ? { signal: options } : { signal: options.signal, precondition: options };
}

/** The headers that say it. */
export function conditionsOf({ ifMatch, ifNoneMatch }: Precondition = {}): Record<string, string> {
  return {
    ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch }),
  };
}
