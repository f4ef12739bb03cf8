import { hostname } from 'node:os';
import type { Clock } from '../../lib/clock.ts';
import { AppError, describeError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { writeNewFile } from '../../lib/new-file.ts';
import { type Selected, type Selection, select } from '../../lib/selection.ts';
import type { Catalogue } from '../../store/catalogue.ts';
import type { KeyedStore } from '../../store/contract.ts';
import { schemaVersion } from '../../store/stored-form.ts';
import { BackupDirectory, type BackupRecord, readBackupFile } from './directory.ts';
import { newSealingKey } from './file/sealing.ts';
import { backupBytes } from './file/write.ts';
import type { Installation } from './installation.ts';
import { collectionsOf } from './known.ts';
import { type Staged, stage } from './staging.ts';

export interface BackupsOptions {
  readonly store: KeyedStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly catalogue: Catalogue;
  readonly installation: Installation;
}

/** How a backup is made. */
export interface BackupRequest {
  readonly passphrase?: string | undefined;
  readonly withMasterKey: boolean;
}

/** Makes the backups of a running server, one at a time, and keeps them in a directory. */
export class Backups implements AsyncDisposable {
  readonly directory: BackupDirectory;
  readonly #options: BackupsOptions;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  /** Grows with each change of the directory by this server. */
  #changes = 0;

  constructor(options: BackupsOptions) {
    this.#options = options;
    this.directory = new BackupDirectory(options.installation.backupDirectory);
  }

  select(selection: Selection): Selected<BackupRecord> {
    return select(this.directory.list(), selection);
  }

  /**
   * Makes a backup in the directory. Every write that was acknowledged before the call is in it.
   *
   * @throws AppError `store_full`, `store_unusable`; the event `backup.failed` says so too
   */
  create(request: BackupRequest): Promise<BackupRecord> {
    return this.#keepTrack(this.#create(request));
  }

  async #create(request: BackupRequest): Promise<BackupRecord> {
    const { clock } = this.#options;
    try {
      await using staged = await this.#stage(request);
      const { name, path } = this.directory.newFile(hostname(), clock.now());
      await writeNewFile(path, await this.#bytes(staged.staged, request));
      this.#changes += 1;
      const record = this.directory.get(name);
      await this.#emit('created', name, { size: record.size, digest: record.digest });
      return record;
    } catch (error) {
      await this.#failed(error);
      throw error;
    }
  }

  /**
   * The bytes of a new backup, which is not kept here. Memory holds a few chunks; the copy of the store is removed when the
   * reader has come to the end, or lets go.
   */
  async *stream(request: BackupRequest): AsyncGenerator<Uint8Array> {
    const ended = Promise.withResolvers<void>();
    void this.#keepTrack(ended.promise);
    try {
      await using staged = await this.#stage(request);
      for await (const chunk of await this.#bytes(staged.staged, request)) {
        this.#stopping.signal.throwIfAborted();
        yield chunk;
      }
      await this.#emit('created', '-', { streamed: true });
    } finally {
      ended.resolve();
    }
  }

  /** The file of a backup. @throws AppError `backup_not_found` */
  read(name: string): { bytes: AsyncIterable<Uint8Array>; path: string } {
    const path = this.directory.fileOf(name);
    return { path, bytes: readBackupFile(path) };
  }

  /** @throws AppError `backup_not_found`, `store_unusable` */
  async delete(name: string): Promise<void> {
    this.directory.delete(name);
    this.#changes += 1;
    await this.#emit('deleted', name);
  }

  /** Where the last change left the list, for this process. Files that others put there do not count. */
  get revision(): number {
    return this.#changes;
  }

  /** Stops what is being made, and resolves when nothing is left of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new AppError('shutting_down', 'the server is stopping'));
    await Promise.allSettled(this.#running);
  }

  /** Copies everything, under the lease that one server at a time has. */
  async #stage({ withMasterKey }: BackupRequest): Promise<AsyncDisposable & { staged: Staged }> {
    const { store, clock, catalogue, installation } = this.#options;
    const { signal } = this.#stopping;
    const lease = await store.leases.take('backup', signal);
    try {
      const staged = await stage({
        installation,
        copyStore: (directory) => store.copyTo(directory),
        describeStore: async () => ({ store_schema: schemaVersion, collections: collectionsOf(catalogue) }),
        withMasterKey,
        now: clock.now(),
        signal,
      });
      return {
        staged,
        async [Symbol.asyncDispose]() {
          staged[Symbol.dispose]();
          await lease[Symbol.asyncDispose]();
        },
      };
    } catch (error) {
      await lease[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #bytes({ manifest, pathOf }: Staged, { passphrase }: BackupRequest): Promise<AsyncIterable<Uint8Array>> {
    const key = passphrase === undefined ? undefined : await newSealingKey(passphrase);
    return backupBytes({ manifest, pathOf, key, read: () => this.#stopping.signal.throwIfAborted() });
  }

  async #failed(error: unknown): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const reason = describeError(error);
    this.#options.logger.error({ error: reason }, 'a backup could not be made');
    await this.#emit('failed', '-', { reason }).catch((error: unknown) => {
      this.#options.logger.error({ error: describeError(error) }, 'the event backup.failed could not be written');
    });
  }

  async #emit(action: 'created' | 'failed' | 'deleted', key: string, data?: Record<string, unknown>): Promise<void> {
    const event = { type: 'backup', action, key, ...(data === undefined ? {} : { data }) };
    await this.#options.store.transact(async (tx) => tx.emit(event), 'audit');
  }

  #keepTrack<R>(work: Promise<R>): Promise<R> {
    this.#running.add(work);
    const forget = () => this.#running.delete(work);
    work.then(forget, forget);
    return work;
  }
}
