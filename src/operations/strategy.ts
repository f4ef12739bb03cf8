import { type Static, Type as t } from '@sinclair/typebox';

/** How an operation goes over its hosts. */
export const Strategy = t.Object({
  batch: t.Integer({ minimum: 1, description: 'Hosts taken at the same time; the next batch waits for all of them' }),
  max_failures: t.Integer({
    minimum: 1,
    description: 'Failed or unreachable hosts at which the operation stops; the hosts in flight are finished',
  }),
});
export type Strategy = Static<typeof Strategy>;

/** The original's: one host at a time, stop at the first failure (contract 6). */
export const defaultStrategy: Strategy = { batch: 1, max_failures: 1 };

/** The hosts of each batch, in order. */
export function batchesOf<T>(hosts: readonly T[], { batch }: Strategy): T[][] {
  return Array.from({ length: Math.ceil(hosts.length / batch) }, (_, index) =>
    hosts.slice(index * batch, (index + 1) * batch),
  );
}

/** Whether so many failed and unreachable hosts end the operation. */
export function budgetReached(failures: number, { max_failures }: Strategy): boolean {
  return failures >= max_failures;
}
