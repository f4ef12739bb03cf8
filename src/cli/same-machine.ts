import type { SameMachine } from '../inventory/same-machine.ts';

/** What two hosts have in common, in words. */
const words = { host_key: 'host key', machine_id: 'machine id' } as const;

/** `192.0.2.12: the same host key and machine id` */
export function sameMachineText({ address, by }: SameMachine): string {
  return `${address}: the same ${by.map((each) => words[each]).join(' and ')}`;
}

/** The lines of a warning for a host that may be one machine with others. */
export function sameMachineWarning(address: string, others: readonly SameMachine[] = []): string {
  return others
    .map((other) => `commctl: warning: ${address} may be one machine with ${sameMachineText(other)}\n`)
    .join('');
}
