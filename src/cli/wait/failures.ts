import type { OperationDetail, OperationHost } from '../../operations/operation.ts';
import { failedHosts } from './outcome.ts';

/** Hosts that did not get through for the same reason. */
export interface Failure {
  hosts: readonly string[];
  /** One of them, whose output stands for that of the others. */
  example: OperationHost;
  /** Why, in a few words. */
  brief: string;
  /** Why, in full. Where several hosts are meant, HOST stands for each. */
  message: string;
}

/** The failures of an operation, those of the fewest hosts first: they are what a person wants to see. */
export function failuresOf(operation: OperationDetail): Failure[] {
  const groups = Map.groupBy(failedHosts(operation), (host) => `${host.state} ${host.exit_code} ${nameless(host)}`);
  return [...groups.values()].flatMap(failureOf).sort((a, b) => a.hosts.length - b.hosts.length);
}

/** What went wrong on hosts of which all have the same error; empty when nothing did. */
export function errorOf(alike: readonly OperationHost[]): string {
  const [first] = alike;
  if (first === undefined) return '';
  return alike.length === 1 ? (first.error?.message ?? '') : nameless(first);
}

/** The same in a few words: of a command that failed its output says more. */
export function briefErrorOf(alike: readonly OperationHost[]): string {
  const [first] = alike;
  if (first?.error?.code === 'command_failed' && first.exit_code !== null) return `exit code ${first.exit_code}`;
  return errorOf(alike);
}

/** An error without the name of its host, which would make each of them one of a kind. */
export function nameless({ address, error }: OperationHost): string {
  return (error?.message ?? '').replaceAll(address, 'HOST');
}

function failureOf(alike: readonly OperationHost[]): Failure[] {
  const [example] = alike;
  if (example === undefined) return [];
  const hosts = alike.map(({ address }) => address);
  return [{ hosts, example, brief: briefErrorOf(alike) || example.state, message: errorOf(alike) || example.state }];
}
