import type { Client } from '../../../client/connect.ts';
import { ProblemError } from '../../../client/problem-error.ts';
import type { ContainerManagerRecord } from '../../../inventory/container-manager.ts';
import type { Network } from '../../../inventory/network.ts';
import type { Inventory, LoginComparison, PresentRecords } from '../../../original/inventory.ts';
import type { Login } from '../../../original/login.ts';
import type { WantedCluster, WantedHost } from '../../../original/wanted.ts';

/** The inventory of a server, by its API: records are stored as they are given, and no host is investigated. */
export class ServedInventory implements Inventory {
  readonly #client: Client;
  readonly #signal: AbortSignal;

  /** @param signal ends the comparison */
  constructor(client: Client, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  async present(): Promise<PresentRecords> {
    const { hosts, clusters, networks, containerManagers } = this.#client;
    const shown = (await clusters.details()).records;
    const known = new Map<string, Network>();
    for (const name of await networks.list()) known.set(name, await networks.get(name));
    return {
      hosts: new Set((await hosts.list()).map(({ address }) => address)),
      networks: known,
      managers: new Set(await containerManagers.list()),
      clusters: new Map(shown.map((cluster) => [cluster.name, cluster])),
    };
  }

  async hasSameManager({ name, type, options }: ContainerManagerRecord): Promise<boolean> {
    try {
      // For an existing one the request changes nothing, and the server compares the secrets too.
      await this.#client.containerManagers.create(name, { type, options }, { ifMatch: '*' });
      return true;
    } catch (error) {
      if (hasCode(error, 'container_manager_differs')) return false;
      throw error;
    }
  }

  async compareLogin(address: string, login: Login): Promise<LoginComparison> {
    const differs = await this.#differences(address, login);
    if (differs !== undefined) return differs.length === 0 ? 'same' : 'different';
    const withoutKey = await this.#differences(address, { ...login, ssh_priv_key: '' });
    return withoutKey === undefined ? 'different' : 'missing';
  }

  /** The members that the host has otherwise; undefined when its key is another. */
  async #differences(address: string, login: Login): Promise<readonly string[] | undefined> {
    try {
      const { result, differs } = await this.#client.hosts.check(address, { ...login }, this.#signal);
      // A host without any credentials counts as new.
      return result === 'new' && login.ssh_priv_key !== '' ? undefined : differs;
    } catch (error) {
      if (hasCode(error, 'credentials_differ')) return undefined;
      throw error;
    }
  }

  async putNetwork({ name, ...body }: Network): Promise<void> {
    await this.#client.networks.importRecord(name, body);
  }

  async createManager({ name, ...body }: ContainerManagerRecord): Promise<void> {
    await this.#client.containerManagers.create(name, body, { ifNoneMatch: '*' });
  }

  async replaceManager({ name, type, options }: ContainerManagerRecord): Promise<void> {
    await this.#client.containerManagers.change(name, [
      { op: 'replace', path: '/type', value: type },
      { op: 'replace', path: '/options', value: options },
    ]);
  }

  async createHost(host: WantedHost, cluster: string | undefined): Promise<void> {
    const { address, login, hostKey: host_key, ...record } = host;
    const { ssh_priv_key = '', remote_user } = login ?? {};
    const body = { ...record, ssh_priv_key, remote_user, cluster, host_key };
    try {
      await this.#client.hosts.importRecord(address, body, { ifNoneMatch: '*' });
    } catch (error) {
      // A server still carries out the last requests of an import that was killed a moment ago.
      if (!hasCode(error, 'precondition_failed')) throw error;
      if (login !== undefined && (await this.compareLogin(address, login)) !== 'same') throw error;
    }
  }

  async replaceLogin(address: string, login: Login): Promise<void> {
    const { hosts, etagOf } = this.#client;
    const host = await hosts.get(address);
    const { same_machine: _, existing: __, address: ___, ...record } = host;
    const { port, proxy_jump } = await this.#loginOf(address);
    const jump = typeof proxy_jump === 'string' ? proxy_jump : proxy_jump?.join(',');
    await hosts.importRecord(address, { ...record, ...login, port, proxy_jump: jump }, { ifMatch: etagOf(host) });
  }

  async #loginOf(address: string): Promise<{ port?: number; proxy_jump?: string | string[] | undefined }> {
    try {
      return await this.#client.hosts.credentials(address);
    } catch (error) {
      if (hasCode(error, 'credentials_not_found')) return {};
      throw error;
    }
  }

  async createCluster({ name, ...body }: WantedCluster): Promise<void> {
    await this.#client.clusters.importRecord(name, body, { ifNoneMatch: '*' });
  }

  async replaceCluster({ name, ...body }: WantedCluster): Promise<void> {
    const { clusters, etagOf } = this.#client;
    const there = await clusters.get(name);
    const { reboot_timeout } = there;
    await clusters.importRecord(name, { ...body, reboot_timeout }, { ifMatch: etagOf(there) });
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof ProblemError && error.code === code;
}
