import type { Option } from './declaration.ts';

/** The cluster of a host that is registered. The original has the letter `-c` for it. */
export const joinedCluster = {
  type: 'text',
  formerShort: 'c',
  placeholder: 'NAME',
  completes: 'cluster',
  summary: 'cluster that the host joins',
} as const satisfies Option;
