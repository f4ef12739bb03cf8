import type { OperationDetail, OperationHost } from '../../operations/operation.ts';

/** The hosts whose state or phase has changed; at first, those that are not pending. */
export function changedHosts(before: OperationDetail | undefined, now: OperationDetail): OperationHost[] {
  const known = new Map((before?.results ?? []).map((host) => [host.address, stateOf(host)]));
  return now.results.filter((host) => stateOf(host) !== (known.get(host.address) ?? 'pending'));
}

/** `running rebooting`, `succeeded`. */
export function stateOf({ state, phase }: OperationHost): string {
  return state === 'running' && phase !== undefined ? `${state} ${phase}` : state;
}
