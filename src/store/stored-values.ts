import { Checksums } from './checksums.ts';
import type { StoredForm } from './stored-form.ts';
import { UnreadableRecord } from './unreadable-record.ts';

/**
 * Options to open the tables with. The meaning of a value depends on its key, which LMDB does not show to an encoder.
 */
export const rawValues = { encoding: 'binary' } as const;

/** Writes and reads the values of one table in the form of the store. */
export class StoredValues {
  readonly #table: string;
  readonly #form: () => StoredForm;
  readonly #checksums: Checksums;

  /** @param form is read for each value */
  constructor(table: string, form: () => StoredForm) {
    this.#table = table;
    this.#form = form;
    this.#checksums = new Checksums(table);
  }

  /** A value as JSON. */
  encode(key: string, value: unknown): Buffer {
    const text = JSON.stringify(value);
    return this.#form().kind === 'earlier' ? Buffer.from(text) : this.#checksums.before(key, text);
  }

  /** Bytes as they are, or JSON that is already text. */
  encodeBytes(key: string, bytes: Uint8Array): Uint8Array {
    return this.#form().kind === 'earlier' ? bytes : this.#checksums.before(key, bytes);
  }

  /**
   * Decodes a value that was stored as JSON.
   *
   * @param stored the bytes from LMDB, which may reuse them; their `length` is that of the value
   * @throws UnreadableRecord when its checksum does not match, or it is not JSON
   */
  decode(key: string, stored: Uint8Array): unknown {
    const text = this.#text(key, viewOf(stored)).toString();
    try {
      return JSON.parse(text);
    } catch {
      // The message of the SyntaxError would quote the stored value.
      throw new UnreadableRecord(this.#table, key, 'it is not JSON any more');
    }
  }

  /**
   * The bytes that were stored, in the same memory.
   *
   * @throws UnreadableRecord when their checksum does not match
   */
  decodeBytes(key: string, stored: Uint8Array, revision: number): Uint8Array {
    const bytes = viewOf(stored);
    const { kind, unchecked } = this.#form();
    const checked = kind === 'earlier' ? undefined : this.#checksums.behind(key, bytes);
    if (checked !== undefined) return checked;
    if (kind === 'earlier' || revision <= unchecked) return bytes;
    throw this.#mismatch(key);
  }

  #text(key: string, stored: Buffer): Buffer {
    const { kind } = this.#form();
    if (kind === 'earlier' || (kind === 'renewing' && beginsAsJson(stored))) return stored;
    const text = this.#checksums.behind(key, stored);
    if (text === undefined) throw this.#mismatch(key);
    return text;
  }

  #mismatch(key: string): UnreadableRecord {
    return new UnreadableRecord(this.#table, key, 'its checksum does not match');
  }
}

/** Whether the value may be JSON of a build before checksums, which wrote no space before it. */
export function beginsAsJson(stored: Uint8Array): boolean {
  return firstOfJson.has(stored[0] ?? 0);
}

const firstOfJson: ReadonlySet<number> = new Set(Buffer.from('{["tfn-0123456789'));

function viewOf({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}
