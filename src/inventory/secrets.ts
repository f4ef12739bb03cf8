import { AppError } from '../lib/errors.ts';
import type { Store, Transaction } from '../store/contract.ts';
import { containerRecords, type StoredSecret, secretRecords } from './secret.ts';

/** The most keys, and the most containers. */
const most = 10_000;

/**
 * A small store of keys in containers, for other tools of the site (CPD-101). The empty path is the outermost
 * container.
 */
export class Secrets {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** @throws AppError `secret_not_found` */
  async get(path: string): Promise<StoredSecret> {
    const found = await this.#store.get(secretRecords, path);
    if (found !== undefined) return found.value;
    throw notFound(path);
  }

  /** The names in a container; names of containers end with a slash. @throws AppError `secret_not_found` */
  async list(container: string): Promise<string[]> {
    if (container !== '' && (await this.#store.get(containerRecords, container)) === undefined) {
      throw notFound(`${container}/`);
    }
    const prefix = container === '' ? '' : `${container}/`;
    const names: string[] = [];
    for (const [collection, end] of [
      [containerRecords, '/'],
      [secretRecords, ''],
    ] as const) {
      for await (const { key } of this.#store.list<unknown>(collection, { prefix })) {
        const name = key.slice(prefix.length);
        if (name !== '' && !name.includes('/')) names.push(name + end);
      }
    }
    return names.toSorted();
  }

  /** @throws AppError `secret_exists`, `secret_not_found` when there is no such container, `too_many_secrets` */
  async put(path: string, secret: StoredSecret): Promise<void> {
    await this.#store.transact(async (tx) => {
      if ((await tx.get(secretRecords, path)) !== undefined) throw exists(path);
      if ((await tx.get(containerRecords, path)) !== undefined) throw exists(`${path}/`);
      await this.#count(tx, path, 1);
      await this.#checkRoom(secretRecords);
      tx.put(secretRecords, path, secret);
      tx.emit({ type: 'secret', action: 'created', key: path });
    });
  }

  /**
   * @throws AppError `secret_exists`, `secret_not_found` when the outer container does not exist, `too_many_secrets`
   */
  async putContainer(path: string): Promise<void> {
    if (path === '') throw exists('/');
    await this.#store.transact(async (tx) => {
      if ((await tx.get(containerRecords, path)) !== undefined) throw exists(`${path}/`);
      if ((await tx.get(secretRecords, path)) !== undefined) throw exists(path);
      await this.#count(tx, path, 1);
      await this.#checkRoom(containerRecords);
      tx.put(containerRecords, path, { members: 0 });
      tx.emit({ type: 'secret', action: 'created', key: `${path}/` });
    });
  }

  /** @throws AppError `secret_not_found` */
  async delete(path: string): Promise<void> {
    await this.#store.transact(async (tx) => {
      if ((await tx.get(secretRecords, path)) === undefined) throw notFound(path);
      await this.#count(tx, path, -1);
      tx.delete(secretRecords, path);
      tx.emit({ type: 'secret', action: 'deleted', key: path });
    });
  }

  /** @throws AppError `secret_not_found`, `container_not_empty` */
  async deleteContainer(path: string): Promise<void> {
    if (path === '') throw alwaysThere();
    await this.#store.transact(async (tx) => {
      const container = (await tx.get(containerRecords, path))?.value;
      if (container === undefined) throw notFound(`${path}/`);
      if (container.members > 0) {
        throw new AppError('container_not_empty', `the container ${path}/ holds ${container.members} more`, {
          hint: `delete first what \`commctl secret list ${path}/\` shows`,
        });
      }
      await this.#count(tx, path, -1);
      tx.delete(containerRecords, path);
      tx.emit({ type: 'secret', action: 'deleted', key: `${path}/` });
    });
  }

  /** Counts the members of a container in a record, so that concurrent changes of the container conflict. */
  async #count(tx: Transaction, path: string, more: 1 | -1): Promise<void> {
    const end = path.lastIndexOf('/');
    if (end === -1) return;
    const parent = path.slice(0, end);
    const container = (await tx.get(containerRecords, parent))?.value;
    if (container === undefined) throw notFound(`${parent}/`);
    tx.put(containerRecords, parent, { members: container.members + more });
  }

  async #checkRoom(collection: typeof secretRecords | typeof containerRecords): Promise<void> {
    if ((await this.#store.count(collection)) < most) return;
    throw new AppError('too_many_secrets', `there are ${most} already`, { hint: 'delete those that nobody needs' });
  }
}

function notFound(path: string): AppError {
  const container = path.slice(0, path.lastIndexOf('/') + 1);
  const list = container === '' ? '`commctl secret list`' : `\`commctl secret list ${container}\``;
  const hint = path.endsWith('/')
    ? `make the container first with \`commctl secret create ${path}\`, or POST to this path`
    : `list its container with ${list}`;
  return new AppError('secret_not_found', `there is no ${path}`, { hint });
}

function alwaysThere(): AppError {
  return new AppError('container_not_empty', 'the outermost container / is always there', {
    hint: 'delete what is in it, which `commctl secret list` shows',
  });
}

function exists(path: string): AppError {
  if (path === '/') {
    return new AppError('secret_exists', 'the outermost container / is always there', {
      hint: 'give the container a name, such as web/',
    });
  }
  return new AppError('secret_exists', `${path} is there already`, {
    hint: `nothing is overwritten; delete it first with \`commctl secret delete ${path}\``,
  });
}
