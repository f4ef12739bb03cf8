import { AppError } from '../lib/errors.ts';

/** A record that cannot be read: the value under its key is not the one that was written. */
export class UnreadableRecord extends AppError {
  readonly collection: string;
  readonly key: string;

  constructor(collection: string, key: string, reason: string, options: { hint?: string; cause?: unknown } = {}) {
    super(
      'store_unusable',
      `the record ${JSON.stringify(key)} of the collection ${collection} cannot be read: ${reason}`,
      {
        hint: restoreBackup,
        ...options,
      },
    );
    this.collection = collection;
    this.key = key;
  }
}

/** The hint for a damaged store. */
export const restoreBackup =
  'stop the server, and restore a backup with `commissaire restore FILE`, which keeps the present data directory';
