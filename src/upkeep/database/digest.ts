import { createHash } from 'node:crypto';
import { Pace } from '../../lib/pace.ts';
import type { StoreScan } from '../../store/scan.ts';

/** SHA-256 over every table, key, revision and value of a store, in hex: equal stores have equal digests. */
export async function digestOf(scan: StoreScan): Promise<string> {
  const hash = createHash('sha256');
  const pace = new Pace();
  for (const name of scan.allNames()) {
    hash.update(`table ${name.length} ${name}\n`);
    for (const { key, value } of scan.raw(name)) {
      hash.update(`row ${Buffer.byteLength(key)} ${value.length} ${key}\n`).update(value);
      if (pace.isDue) await pace.rest();
    }
  }
  return hash.digest('hex');
}
