import { UnreadableRecord } from './unreadable-record.ts';

/** Stands for a value that is no JSON, so that who reads many entries at once still learns the key. */
class NotJson {}
const notJson = new NotJson();

const encoder = {
  encode: JSON.stringify,
  /** @param bytes of LMDB, which uses them again; their `length` is that of the value */
  decode({ buffer, byteOffset, length }: Uint8Array): unknown {
    try {
      return JSON.parse(Buffer.from(buffer, byteOffset, length).toString('utf8'));
    } catch {
      // The message of the SyntaxError would quote what is stored.
      return notJson;
    }
  },
};

/** Instead of LMDB's own `json`, which throws a bare SyntaxError in the middle of an iteration. To be spread: its types know it for the root only. */
export const jsonValues = { encoder };

/**
 * The value as it was decoded.
 *
 * @throws UnreadableRecord when it is not JSON
 */
export function readable(collection: string, key: string, value: unknown): unknown {
  if (value instanceof NotJson) throw new UnreadableRecord(collection, key, 'it is not JSON any more');
  return value;
}
