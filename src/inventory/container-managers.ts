import { isDeepStrictEqual } from 'node:util';
import { type BuildOptions, buildManager } from '../container-managers/build.ts';
import type { ContainerManager } from '../container-managers/contract.ts';
import { masked, unmasked } from '../container-managers/masking.ts';
import { checkedOptions } from '../container-managers/options.ts';
import { AppError } from '../lib/errors.ts';
import type { Selected, Selection } from '../lib/selection.ts';
import type { CachingStore } from '../store/cached.ts';
import type { Entry, Transaction } from '../store/contract.ts';
import { always } from '../store/precondition.ts';
import { selectRecords } from '../store/select-records.ts';
import { clusterRecords, containerManagerRecords } from './collections.ts';
import type { ContainerManagerRecord } from './container-manager.ts';
import { inUse } from './in-use.ts';

/** The container managers and how to reach them. What leaves here has its secrets masked. */
export class ContainerManagers {
  readonly #store: CachingStore;
  readonly #build: BuildOptions;
  readonly #live = new Map<string, { revision: number; manager: ContainerManager }>();

  constructor(store: CachingStore, build: BuildOptions) {
    this.#store = store;
    this.#build = build;
  }

  /** A secret is known to a selection by its mask only. */
  async select(selection: Selection): Promise<Selected<ContainerManagerRecord>> {
    return selectRecords(this.#store, containerManagerRecords, selection, shown);
  }

  async has(name: string): Promise<boolean> {
    return (await this.#store.get(containerManagerRecords, name)) !== undefined;
  }

  /** Where the last change left the container managers. */
  revision(): Promise<number> {
    return this.#store.revisionOf(containerManagerRecords);
  }

  /** The container manager with its revision. @throws AppError `container_manager_not_found` */
  async entry(name: string): Promise<Entry<ContainerManagerRecord>> {
    const entry = await find(this.#store, name);
    return { ...entry, value: shown(entry.value) };
  }

  /**
   * Creates it. The same one again changes nothing, a mask standing for the secret there is (contract M3).
   *
   * @throws AppError `container_manager_differs`, `invalid_member`
   */
  async put(record: ContainerManagerRecord, check = always): Promise<ContainerManagerRecord> {
    return this.#store.transact(async (tx) => {
      const { name } = record;
      const stored = await tx.get(containerManagerRecords, name);
      check(stored?.revision);
      const existing = stored?.value;
      const wanted = checked(record, existing);
      if (existing === undefined) save(tx, wanted, 'created');
      else if (!isDeepStrictEqual(existing, wanted)) {
        throw new AppError('container_manager_differs', `the container manager ${name} exists already, and differs`, {
          hint: `change it with \`commctl container_manager change ${name}\``,
        });
      }
      return shown(wanted);
    });
  }

  /**
   * Makes of the record what `change` makes of it. Secrets are known to it by their masks, and a mask stands for the one there
   * is.
   *
   * @throws AppError `container_manager_not_found`, `invalid_member`, and what `change` throws
   */
  async change(
    name: string,
    change: (record: ContainerManagerRecord) => Omit<ContainerManagerRecord, 'name'>,
    check = always,
  ): Promise<ContainerManagerRecord> {
    return this.#store.transact(async (tx) => {
      check((await tx.get(containerManagerRecords, name))?.revision);
      const existing = (await find(tx, name)).value;
      const { type, options } = change(shown(existing));
      const wanted = checked({ name, type, options }, existing);
      if (!isDeepStrictEqual(existing, wanted)) save(tx, wanted, 'updated');
      return shown(wanted);
    });
  }

  /** One that is not there is deleted already. @throws AppError `in_use` while a cluster names it */
  async delete(name: string, check = always): Promise<void> {
    await this.#store.transact(async (tx) => {
      const stored = await tx.get(containerManagerRecords, name);
      check(stored?.revision);
      if (stored === undefined) return;
      for await (const { value } of tx.list(clusterRecords)) {
        if (value.container_manager === name)
          throw inUse(`the container manager ${name}`, value.name, 'container_manager');
      }
      tx.delete(containerManagerRecords, name);
      tx.emit({ type: 'container_manager', action: 'deleted', key: name });
    });
    this.#live.delete(name);
  }

  /** The client that the record describes, built again when the record has changed. @throws AppError `container_manager_failed` */
  async manager(name: string): Promise<ContainerManager> {
    const entry = await this.#store.get(containerManagerRecords, name);
    if (entry === undefined) {
      throw new AppError('container_manager_failed', `there is no container manager "${name}"`, {
        hint: `create it with \`commctl container_manager create\`, or set container_manager of the cluster to ""`,
      });
    }
    const { revision, value } = entry;
    const live = this.#live.get(name);
    if (live?.revision === revision) return live.manager;
    const manager = buildManager(value, this.#build);
    this.#live.set(name, { revision, manager });
    return manager;
  }
}

/** Makes sure that there is a container manager of the name to change to. @throws AppError `container_manager_unknown` */
export async function checkContainerManager(tx: Transaction, wanted: string): Promise<void> {
  if ((await tx.get(containerManagerRecords, wanted)) !== undefined) return;
  throw new AppError('container_manager_unknown', `there is no container manager ${wanted}`, {
    hint: `create it first with \`commctl container_manager create ${wanted}\``,
  });
}

async function find(reader: Pick<Transaction, 'get'>, name: string): Promise<Entry<ContainerManagerRecord>> {
  const found = await reader.get(containerManagerRecords, name);
  if (found !== undefined) return found;
  throw new AppError('container_manager_not_found', `there is no container manager ${name}`, {
    hint: 'list the container managers with `commctl container_manager list`',
  });
}

/** With its secrets, in the form it is stored in. */
function checked(given: ContainerManagerRecord, existing: ContainerManagerRecord | undefined): ContainerManagerRecord {
  const options = unmasked(given.options, existing?.options ?? {});
  return { name: given.name, type: given.type, options: checkedOptions(given.type, options) };
}

function save(tx: Transaction, record: ContainerManagerRecord, action: 'created' | 'updated'): void {
  tx.put(containerManagerRecords, record.name, record);
  tx.emit({ type: 'container_manager', action, key: record.name, data: { type: record.type } });
}

function shown(record: ContainerManagerRecord): ContainerManagerRecord {
  return { ...record, options: masked(record.options) };
}
