import type { Grant } from './grant.ts';

/** How large an operation is, for the limits of a grant. */
export interface Extent {
  /** Its hosts. */
  readonly hosts: number;
  /** Its hosts in flight at the same time. */
  readonly atOnce: number;
  /** The number of all hosts that the grant holds for. */
  readonly within: number;
}

/** A limit that an operation exceeds. */
export interface Exceeded {
  readonly role: string;
  readonly limit: 'max_hosts' | 'max_percent' | 'max_at_once';
  /** The limit as it is written. */
  readonly value: number;
  /** The number of hosts that it allows here. */
  readonly allowed: number;
  /** The number of hosts of the operation. */
  readonly requested: number;
}

/** The first limit of the grant that the operation exceeds; undefined when it is within all of them. */
export function exceededBy(grant: Grant, { hosts, atOnce, within }: Extent): Exceeded | undefined {
  const { role, max_hosts, max_percent, max_at_once } = grant;
  if (max_hosts !== undefined && hosts > max_hosts) {
    return { role, limit: 'max_hosts', value: max_hosts, allowed: max_hosts, requested: hosts };
  }
  const share = max_percent === undefined ? hosts : Math.floor((within * max_percent) / 100);
  if (max_percent !== undefined && hosts > share) {
    return { role, limit: 'max_percent', value: max_percent, allowed: share, requested: hosts };
  }
  if (max_at_once === undefined || atOnce <= max_at_once) return undefined;
  return { role, limit: 'max_at_once', value: max_at_once, allowed: max_at_once, requested: atOnce };
}
