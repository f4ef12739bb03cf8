import type { RootDatabase } from 'lmdb';
import { withoutChecksum } from './checksums.ts';
import type { AnyCollection } from './contract.ts';
import { rawValues } from './stored-values.ts';
import { ownTables } from './tables.ts';

/** A value that is read without versions begins with its revision. */
const versionBytes = 8;

/**
 * The tables of sealed collections. Whether a table of another version of the product is sealed shows only in its
 * values; a rotation must not leave values in it that need the removed key.
 *
 * @param collections every known collection
 */
export function sealedTables(
  root: RootDatabase<unknown, string>,
  collections: readonly AnyCollection[],
): readonly string[] {
  const forms = new Map(collections.map(({ name, form }) => [name, form]));
  return Array.from(root.getKeys(), String).filter((name) => {
    const form = forms.get(name);
    return form === undefined ? !ownTables.includes(name) && looksSealed(root, name) : form === 'sealed';
  });
}

/** Looks at the first value only: either all values of a table are sealed, or none. */
function looksSealed(root: RootDatabase<unknown, string>, name: string): boolean {
  const rows = root.openDB<Buffer, string>({ name, ...rawValues });
  const [first] = Array.from(rows.getRange({ limit: 1 }));
  if (first === undefined) return false;
  return /^"eyJ[\w-]+\.\.[\w-]+\./.test(withoutChecksum(first.value.subarray(versionBytes)).toString('latin1'));
}
