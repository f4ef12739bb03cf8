import { type Static, Type as t } from '@sinclair/typebox';

/** A number of hosts: a count, or a percentage of the operation's hosts. */
export const Share = t.Union(
  [t.Integer({ minimum: 1, maximum: 1_000_000 }), t.String({ pattern: '^(100|[1-9]?[0-9])%$' })],
  {
    description: 'A count, or a percentage such as "10%" of the hosts; rounded down, and at least 1',
    form: 'a number of hosts or a percentage, such as 2 or "10%"',
  },
);
export type Share = Static<typeof Share>;

/**
 * The number of hosts of a share. Rounded down, because fewer hosts at a time and an earlier stop are the safe side,
 * but never 0.
 */
export function hostsIn(share: Share, total: number): number {
  if (typeof share === 'number') return share;
  return Math.max(1, Math.floor((Number.parseInt(share, 10) * total) / 100));
}
