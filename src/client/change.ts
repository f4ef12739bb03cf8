import type { JsonPatch } from '../api/document-change.ts';
import type { Precondition, Request } from './request.ts';

export interface ChangeOptions extends Precondition {
  signal?: AbortSignal | undefined;
}

/** Options of a change that is refused while an operation works on what it takes away. */
export interface TakingOptions extends ChangeOptions {
  /** Make the change all the same. */
  force?: boolean | undefined;
}

/** A line of a JSON Patch. Its paths are JSON pointers (RFC 6901), such as `/options/token`. */
export type PatchLine = JsonPatch[number];

/**
 * The body of a PATCH: the members to change (RFC 7396), or the lines of a JSON Patch (RFC 6902), which are applied all
 * or none. A line that does not fit the record is answered with 409 `patch_failed`, whose member `line` counts from 0.
 */
export type Patch<Members extends object> = Members | readonly PatchLine[];

/** The members of a request that the last argument of a change sets. */
export function changing(options: AbortSignal | ChangeOptions = {}): Pick<Request, 'signal' | 'precondition'> {
  return options instanceof AbortSignal ? { signal: options } : { signal: options.signal, precondition: options };
}

/** The same for a change that an operation may be in the way of. */
export function taking(options: AbortSignal | TakingOptions = {}): Pick<Request, 'query' | 'signal' | 'precondition'> {
  const isForced = !(options instanceof AbortSignal) && options.force === true;
  return { ...(isForced ? { query: { force: 'true' } } : {}), ...changing(options) };
}

/** The headers of a precondition. */
export function conditionsOf({ ifMatch, ifNoneMatch }: Precondition = {}): Record<string, string> {
  return {
    ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch }),
  };
}
