import { schemaFault } from '../../lib/schema-fault.ts';
import type { Catalogue, Catalogued } from '../../store/catalogue.ts';
import { collectionVersions } from '../../store/migration.ts';
import type { StoreScan } from '../../store/scan.ts';
import type { Keyring } from '../../store/seal.ts';
import { type Finding, Findings } from './finding.ts';
import { type Reference, ReferenceCheck } from './references.ts';

export interface CheckOptions {
  readonly scan: StoreScan;
  readonly catalogue: Catalogue;
  readonly references: readonly Reference[];
  /** Without it sealed values are not opened. */
  readonly keyring: Keyring | undefined;
}

interface Unchecked {
  readonly collection: string;
  readonly why: string;
}

/** What was checked, and what is wrong. */
export interface CheckedValues {
  readonly collections: number;
  readonly records: number;
  /** Collections whose values were not compared with a schema, and why. */
  readonly unchecked: readonly Unchecked[];
  readonly findings: Findings;
}

const restore = 'restore a backup, or delete what the record is about and make it anew';

/**
 * Reads every value of a store: its checksum and its seal; in a store of this build also its schema, and what it refers to. What
 * an earlier build wrote may have another form until the next start upgrades it.
 */
export async function checkValues(options: CheckOptions): Promise<CheckedValues> {
  const { scan, catalogue, keyring } = options;
  const findings = new Findings();
  const known = new Map(catalogue.map((each) => [each.collection.name, each]));
  const isCurrent = scan.isChecked && (await isUpgraded(scan, known));
  const referring = new ReferenceCheck(isCurrent ? options.references : []);
  const unchecked: Unchecked[] = isCurrent ? [] : [{ collection: '*', why: 'the next start upgrades the store' }];
  let [collections, records] = [0, 0];
  for (const name of inOrder(scan.names(), referring)) {
    const entry = known.get(name);
    if (entry === undefined) {
      unchecked.push({ collection: name, why: 'this build does not know it' });
      continue;
    }
    collections += 1;
    const isClosed = entry.collection.form === 'sealed' && keyring === undefined;
    if (isClosed)
      unchecked.push({ collection: name, why: 'its values are sealed, and the master key is not readable' });
    for await (const row of scan.rows(entry.collection, keyring)) {
      records += 1;
      if ('fault' in row) findings.add(unreadable(name, row.key, row.fault));
      else if (isCurrent && !isClosed) addFault(findings, entry, row.key, row.value);
      referring.see(entry.collection, row.key, 'fault' in row ? undefined : row.value);
    }
  }
  referring.end(findings);
  return { collections, records, unchecked, findings };
}

/** What others refer to comes first, so that the check keeps few references. */
function inOrder(names: readonly string[], referring: ReferenceCheck): string[] {
  const isFirst = (name: string) => referring.isReferredTo(name);
  return [...names.filter(isFirst), ...names.filter((name) => !isFirst(name))];
}

async function isUpgraded(scan: StoreScan, known: ReadonlyMap<string, Catalogued>): Promise<boolean> {
  const stored = new Map<string, number>();
  for await (const row of scan.rows(collectionVersions, undefined)) {
    const value = 'fault' in row ? undefined : row.value;
    if (typeof value === 'object' && value !== null && 'version' in value) stored.set(row.key, Number(value.version));
  }
  return [...known].every(([name, { version }]) => (stored.get(name) ?? 1) === version);
}

function addFault(findings: Findings, { collection, schema }: Catalogued, key: string, value: unknown): void {
  const fault = schemaFault(schema, value);
  if (fault === undefined) return;
  const problem = `${fault.pointer === '' ? 'the value' : fault.pointer} ${fault.problem}`;
  findings.add({ kind: 'schema', collection: collection.name, key, problem, remedy: restore });
}

function unreadable(collection: string, key: string, problem: string): Finding {
  return { kind: 'value', collection, key, problem, remedy: restore };
}
