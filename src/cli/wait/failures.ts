import type { OperationDetail, OperationHost } from '../../operations/operation.ts';
import { failedHosts } from './outcome.ts';

/** Hosts that failed for the same reason. */
export interface Failure {
  hosts: readonly string[];
  /** One of them, whose output represents the others. */
  example: OperationHost;
  /** The reason in a few words. */
  brief: string;
  /** The reason in full. For several hosts, HOST stands for each name. */
  message: string;
}

/** The failures of an operation, those of the fewest hosts first, because they are the most interesting. */
export function failuresOf(operation: OperationDetail): Failure[] {
  const groups = Map.groupBy(failedHosts(operation), (host) => `${host.state} ${host.exit_code} ${nameless(host)}`);
  return [...groups.values()].flatMap(failureOf).sort((a, b) => a.hosts.length - b.hosts.length);
}

/** The error that all of these hosts have; empty when there is none. */
export function errorOf(alike: readonly OperationHost[]): string {
  const [first] = alike;
  if (first === undefined) return '';
  return alike.length === 1 ? (first.error?.message ?? '') : nameless(first);
}

/** The same in a few words: the output of a failed command says more. */
export function briefErrorOf(alike: readonly OperationHost[]): string {
  const [first] = alike;
  if (first?.error?.code === 'command_failed' && first.exit_code !== null) return `exit code ${first.exit_code}`;
  return errorOf(alike);
}

/** An error without the name of its host, so that equal errors compare equal. */
export function nameless({ address, error }: OperationHost): string {
  return (error?.message ?? '').replaceAll(address, 'HOST');
}

function failureOf(alike: readonly OperationHost[]): Failure[] {
  const [example] = alike;
  if (example === undefined) return [];
  const hosts = alike.map(({ address }) => address);
  return [{ hosts, example, brief: briefErrorOf(alike) || example.state, message: errorOf(alike) || example.state }];
}
