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
import { described } from './described.ts';
import { inUse } from './in-use.ts';

/** The container managers and how to reach them. Callers get records with masked secrets. */
export class ContainerManagers {
  readonly #store: CachingStore;
  readonly #build: BuildOptions;
  readonly #live = new Map<string, { revision: number; manager: ContainerManager }>();

  constructor(store: CachingStore, build: BuildOptions) {
    this.#store = store;
    this.#build = build;
  }

  /** A selection sees only the mask of a secret. */
  async select(selection: Selection): Promise<Selected<ContainerManagerRecord>> {
    return selectRecords(this.#store, containerManagerRecords, selection, shown);
  }

  async has(name: string): Promise<boolean> {
    return (await this.#store.get(containerManagerRecords, name)) !== undefined;
  }

  /** The revision of the last change to the container managers. */
  revision(): Promise<number> {
    return this.#store.revisionOf(containerManagerRecords);
  }

  /** The container manager with its revision. @throws AppError `container_manager_not_found` */
  async entry(name: string): Promise<Entry<ContainerManagerRecord>> {
    const entry = await find(this.#store, name);
    return { ...entry, value: shown(entry.value) };
  }

  /**
   * Creates it. Repeating the request changes nothing; a mask stands for the stored secret (contract M3).
   *
   * @param manager the record that is requested; for an existing one `invalid_member` is a difference
   * @throws AppError `container_manager_differs`; for a new one `invalid_member`, and what `manager` throws
   */
  async put(
    name: string,
    manager: () => Omit<ContainerManagerRecord, 'name'>,
    check = always,
  ): Promise<ContainerManagerRecord> {
    return this.#store.transact(async (tx) => {
      const stored = await tx.get(containerManagerRecords, name);
      check(stored?.revision);
      const existing = stored?.value;
      if (existing === undefined) {
        const created = checked({ name, ...manager() }, undefined);
        save(tx, created, 'created');
        return shown(created);
      }
      const wanted = described(() => again({ name, ...manager() }, existing));
      if (isDeepStrictEqual(existing, wanted)) return shown(existing);
      throw new AppError('container_manager_differs', `the container manager ${name} exists already, and differs`, {
        hint: `change it with \`commctl container_manager change ${name}\``,
      });
    });
  }

  /**
   * Replaces the record by what `change` returns. `change` sees masks instead of secrets, and a mask stands for the
   * stored secret.
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

  /** Succeeds when there is no such container manager. @throws AppError `in_use` while a cluster names it */
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

  /** The client for the record, built again when the record changes. @throws AppError `container_manager_failed` */
  async manager(name: string): Promise<ContainerManager> {
    const entry = await this.#store.get(containerManagerRecords, name);
    if (entry === undefined) {
      throw new AppError('container_manager_failed', `there is no container manager "${name}"`, {
        hint: `create it with \`commctl container_manager create ${name}\`, or set container_manager of the cluster to ""`,
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

/** Checks that the container manager exists. @throws AppError `container_manager_unknown` */
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

/** The record with its secrets, in the form in which it is stored. */
function checked(given: ContainerManagerRecord, existing: ContainerManagerRecord | undefined): ContainerManagerRecord {
  const options = unmasked(given.options, existing?.options ?? {});
  return { name: given.name, type: given.type, options: checkedOptions(given.type, options) };
}

/** The record as if it was new, but a mask stands for the stored secret. @throws AppError `invalid_member` */
function again(given: ContainerManagerRecord, existing: ContainerManagerRecord): ContainerManagerRecord {
  return checked({ ...given, options: unmasked(given.options, existing.options) }, undefined);
}

function save(tx: Transaction, record: ContainerManagerRecord, action: 'created' | 'updated'): void {
  tx.put(containerManagerRecords, record.name, record);
  tx.emit({ type: 'container_manager', action, key: record.name, data: { type: record.type } });
}

function shown(record: ContainerManagerRecord): ContainerManagerRecord {
  return { ...record, options: masked(record.options) };
}
