import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { AppError } from '../../lib/errors.ts';
import type { Store, Transaction } from '../../store/contract.ts';
import { type AllowedPlaces, realSource } from './allowed.ts';
import { bytesAt, digestOf, type Manifest, type ManifestFile, manifestOf } from './manifest.ts';
import { manifestRecords, manifestUses } from './records.ts';

/** Files and directories of the jump host that operations copy to machines. */
export class Sources {
  readonly #store: Store;
  readonly #places: AllowedPlaces;

  constructor(store: Store, places: AllowedPlaces) {
    this.#store = store;
    this.#places = places;
  }

  /**
   * Reads a source and stores its manifest, names and checksums, under the digest that it returns with it.
   *
   * @throws AppError `source_not_allowed`, `source_unusable`
   */
  async freeze(source: string): Promise<{ digest: string; manifest: Manifest }> {
    const manifest = await manifestOf(source, this.#places);
    const digest = digestOf(manifest);
    await this.#store.transact(async (tx) => {
      if ((await tx.get(manifestRecords, digest)) === undefined) tx.put(manifestRecords, digest, manifest);
      // Written again even when it is the same: a manifest that no request used for an hour is removed.
      tx.put(manifestUses, digest, (await tx.get(manifestUses, digest))?.value ?? { operations: 0 });
    });
    return { digest, manifest };
  }

  /** @throws AppError `source_changed` when there is no manifest with that digest */
  async manifest(digest: string): Promise<Manifest> {
    const manifest = (await this.#store.get(manifestRecords, digest))?.value;
    if (manifest !== undefined) return manifest;
    throw unknownManifest(digest);
  }

  /**
   * Counts one more operation that uses the manifest. @throws AppError `source_changed` when there is no manifest with
   * that digest
   */
  async hold(tx: Transaction, digest: string): Promise<void> {
    if ((await tx.get(manifestRecords, digest)) === undefined) throw unknownManifest(digest);
    const { operations } = (await tx.get(manifestUses, digest))?.value ?? { operations: 0 };
    tx.put(manifestUses, digest, { operations: operations + 1 });
  }

  /** Counts one operation less. A manifest without operations is removed later. */
  async letGo(tx: Transaction, digest: string): Promise<void> {
    const { operations } = (await tx.get(manifestUses, digest))?.value ?? { operations: 0 };
    if (operations > 0) tx.put(manifestUses, digest, { operations: operations - 1 });
  }

  /**
   * The content of a file, checked against its frozen checksum.
   *
   * @throws AppError `source_changed` at the latest at its end; `source_not_allowed`, `source_unusable`
   */
  async *content({ root }: Manifest, file: ManifestFile): AsyncGenerator<Uint8Array> {
    const path = file.path === '' ? root : join(root, file.path);
    // A part of the path may have become a link.
    await realSource(path, this.#places);
    const hash = createHash('sha256');
    let size = 0;
    for await (const bytes of bytesAt(path, this.#places, file.size + 1)) {
      hash.update(bytes);
      size += bytes.length;
      if (size > file.size) throw changed(path);
      yield bytes;
    }
    if (hash.digest('hex') !== file.sha256) throw changed(path);
  }
}

const beginAnew = 'begin the operation anew: it then copies what is there now, also to the machines that are done';

function unknownManifest(digest: string): AppError {
  return new AppError('source_changed', `what was to be copied (${digest}) is not known here`, { hint: beginAnew });
}

function changed(path: string): AppError {
  return new AppError('source_changed', `${path} of the jump host has changed since the operation began`, {
    hint: beginAnew,
  });
}
