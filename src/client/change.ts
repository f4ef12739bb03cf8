import type { JsonPatch } from '../api/document-change.ts';
import type { Precondition, Request } from './request.ts';

export interface ChangeOptions extends Precondition {
  signal?: AbortSignal | undefined;
}

/** A line of a JSON Patch. Its places are JSON pointers (RFC 6901), such as `/options/token`. */
export type PatchLine = JsonPatch[number];

/**
 * What a PATCH makes of a record: the members to change (RFC 7396), or the lines of a JSON Patch (RFC 6902), of which all or
 * none are done. A line that does not fit what is there is 409 `patch_failed`, whose member `line` counts from 0.
 */
export type Patch<Members extends object> = Members | readonly PatchLine[];

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
