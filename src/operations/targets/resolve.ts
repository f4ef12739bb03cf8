import { clusterRecords, healthRecords, hostRecords } from '../../inventory/collections.ts';
import { type Host, type HostHealth, hostOf } from '../../inventory/host.ts';
import { addressOf } from '../../inventory/host-names.ts';
import { hostsetOf } from '../../inventory/known-clusters.ts';
import { membersOf } from '../../inventory/members.ts';
import { hostNotFound } from '../../inventory/membership.ts';
import { AppError } from '../../lib/errors.ts';
import { Glob, isGlob } from '../../lib/glob.ts';
import { foldNodeSet } from '../../lib/node-set.ts';
import { Pace } from '../../lib/pace.ts';
import type { Reader } from '../../store/contract.ts';
import type { NamedHosts, TargetExpression } from './parse.ts';

/**
 * The addresses of the hosts, each once. A cluster has its own order, every other term that of the inventory; the left
 * operand comes before the right one. When nothing matches the list is empty, and the caller decides what that means.
 *
 * @param absent how to treat named clusters and hosts that do not exist
 * @throws AppError `cluster_not_found`, `host_not_found`, `invalid_target` for a name that no host can have
 */
export async function resolveTarget(
  reader: Reader,
  expression: TargetExpression,
  absent: 'refused' | 'passed_over' = 'refused',
): Promise<string[]> {
  return [...new Set(await new Resolution(reader, absent).resolve(expression))];
}

/** The number of missing hosts that a message names. */
const mostMissing = 20;

/** One evaluation: the inventory is read once, if a term needs it. */
class Resolution {
  readonly #reader: Reader;
  readonly #absent: 'refused' | 'passed_over';
  #inventory: Promise<Host[]> | undefined;
  #health: Promise<(readonly [address: string, health: HostHealth])[]> | undefined;
  #clusters: Promise<string[]> | undefined;
  readonly #pace = new Pace();

  constructor(reader: Reader, absent: 'refused' | 'passed_over') {
    this.#reader = reader;
    this.#absent = absent;
  }

  async resolve(expression: TargetExpression): Promise<string[]> {
    switch (expression.type) {
      case 'all':
        return this.#hosts(() => true);
      case 'cluster':
        return this.#members(expression.name);
      case 'has_label':
        return this.#hosts(({ labels }) => Object.hasOwn(labels, expression.key));
      case 'label_is':
        return this.#hosts(labelled(expression));
      case 'label_is_not': {
        const is = labelled(expression);
        return this.#hosts((host) => !is(host));
      }
      case 'status':
        return this.#hosts(matching(expression.state, ({ status }) => status));
      case 'os':
        return this.#running(expression.name);
      case 'host':
        return this.#named(expression);
      default:
        return this.#combined(expression);
    }
  }

  async #combined({ type, left, right }: Extract<TargetExpression, { left: unknown }>): Promise<string[]> {
    const first = await this.resolve(left);
    const second = await this.resolve(right);
    if (this.#pace.isDue) await this.#pace.rest();
    if (type === 'or') return [...new Set([...first, ...second])];
    const others = new Set(second);
    return first.filter((address) => others.has(address) === (type === 'and'));
  }

  async #hosts(matches: (host: Host) => boolean): Promise<string[]> {
    const found: string[] = [];
    for (const host of await this.#all()) {
      if (this.#pace.isDue) await this.#pace.rest();
      if (matches(host)) found.push(host.address);
    }
    return found;
  }

  /** Health records are read only when a term needs them. */
  async #running(system: string): Promise<string[]> {
    this.#health ??= Array.fromAsync(this.#reader.list(healthRecords), ({ key, value }) => [key, value] as const);
    const health = new Map(await this.#health);
    return this.#hosts(matching(system, (host) => hostOf(host, health.get(host.address)).os));
  }

  #all(): Promise<Host[]> {
    this.#inventory ??= Array.fromAsync(this.#reader.list(hostRecords), ({ value }) => hostOf(value));
    return this.#inventory;
  }

  /** A name must be that of a cluster; a pattern may match none. */
  async #members(name: string): Promise<string[]> {
    if (!name.includes('*') && this.#absent === 'refused') return hostsetOf(this.#reader, name);
    this.#clusters ??= Array.fromAsync(this.#reader.list(clusterRecords), ({ key }) => key);
    const glob = new Glob(name);
    const found: string[] = [];
    for (const cluster of await this.#clusters) {
      if (glob.matches(cluster)) for (const address of await membersOf(this.#reader, cluster)) found.push(address);
    }
    return found;
  }

  async #named({ addresses, absent }: NamedHosts): Promise<string[]> {
    const refuses = absent === 'refused' && this.#absent === 'refused';
    const found = await (refuses ? this.#lookedUp(addresses()) : this.#amongAll(addresses()));
    // The inventory is in the order of its keys, which are these.
    return found.toSorted();
  }

  /** Looks up each host by its address or its name: inside a transaction the commit then compares these keys. */
  async #lookedUp(addresses: Iterable<string>): Promise<string[]> {
    const found = new Set<string>();
    const missing = new Set<string>();
    for (const address of addresses) {
      if (this.#pace.isDue) await this.#pace.rest();
      if (found.has(address)) continue;
      const known = (await this.#known(address)) ?? (await this.#known(await addressOf(this.#reader, address)));
      if (known !== undefined) found.add(known);
      else if (missing.add(address).size > mostMissing) break;
    }
    if (missing.size === 0) return [...found];
    for (const name of missing) {
      if ((await this.#reader.get(clusterRecords, name)) !== undefined) throw isCluster(name);
    }
    const [named, more] = [[...missing].slice(0, mostMissing), missing.size > mostMissing ? ' and others' : ''];
    throw hostNotFound(`${foldNodeSet(named)}${more}`);
  }

  async #known(address: string): Promise<string | undefined> {
    return (await this.#reader.get(hostRecords, address)) === undefined ? undefined : address;
  }

  /** The hosts among names that need not exist. */
  async #amongAll(addresses: Iterable<string>): Promise<string[]> {
    const known = new Map(
      (await this.#all()).flatMap(({ address, name }) => [
        [address, address] as const,
        ...(name === undefined ? [] : [[name, address] as const]),
      ]),
    );
    const found = new Set<string>();
    for (const address of addresses) {
      if (this.#pace.isDue) await this.#pace.rest();
      const host = known.get(address);
      if (host !== undefined) found.add(host);
    }
    return [...found];
  }
}

function isCluster(name: string): AppError {
  return new AppError('host_not_found', `no host has the address ${name}, which is the name of a cluster`, {
    hint: `write cluster:${name} for its hosts`,
  });
}

function labelled({ key, value }: { key: string; value: string }): (host: Host) => boolean {
  const isValue = matching(value, ({ labels }) => labels[key] ?? '');
  return (host) => Object.hasOwn(host.labels, key) && isValue(host);
}

function matching(pattern: string, textOf: (host: Host) => string): (host: Host) => boolean {
  if (!isGlob(pattern)) return (host) => textOf(host) === pattern;
  const glob = new Glob(pattern);
  return (host) => glob.matches(textOf(host));
}
