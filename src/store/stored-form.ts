import { AppError } from '../lib/errors.ts';
import { Checksums } from './checksums.ts';
import { metaTable } from './tables.ts';
import { UnreadableRecord } from './unreadable-record.ts';

/** The form of everything stored by this build. The first one had no checksums. */
export const schemaVersion = 2;

/** The form of the values of a store. */
export interface StoredForm {
  /** Without checksums (an earlier build), with checksums (this one), or both while the store is renewed. */
  readonly kind: 'earlier' | 'renewing' | 'checked';
  /** A chunk up to this revision may lack a checksum: older output of machines is not rewritten. */
  readonly unchecked: number;
}

/** The value of `form` in the meta table. It has a checksum from the first build on that writes it. */
interface FormRecord {
  version: number;
  unchecked: number;
  isRenewing: boolean;
}

/** The form of a new store. */
export const newForm: StoredForm = { kind: 'checked', unchecked: 0 };

const formKey = 'form';
/** Plain text, so that builds before checksums can read it and see that the store is newer. */
const schemaKey = 'schema';
const checksums = new Checksums(metaTable);

/**
 * The form that the meta table names; undefined when the store is new.
 *
 * @param get the bytes of a value of the meta table
 * @throws UnreadableRecord; AppError `store_unusable` when a newer version of the product wrote the store
 */
export function readForm(get: (key: string) => Uint8Array | undefined): StoredForm | undefined {
  const schema = schemaOf(get(schemaKey));
  const stored = get(formKey);
  if (stored === undefined) {
    if (schema === undefined) return undefined;
    if (schema > schemaVersion) throw newer(schema);
    if (schema === 1) return { kind: 'earlier', unchecked: 0 };
    throw new UnreadableRecord(metaTable, formKey, 'it is missing');
  }
  const { version, unchecked, isRenewing } = recordOf(Buffer.from(stored));
  if (version > schemaVersion) throw newer(version);
  if (schema !== version) throw new UnreadableRecord(metaTable, schemaKey, 'it is not the version of the store');
  return { kind: isRenewing ? 'renewing' : 'checked', unchecked };
}

/** The rows of the meta table, by key, that give a store a form of this build. */
export function formRows({ kind, unchecked }: StoredForm): [key: string, stored: Buffer][] {
  const record: FormRecord = { version: schemaVersion, unchecked, isRenewing: kind === 'renewing' };
  return [
    [schemaKey, Buffer.from(String(schemaVersion))],
    [formKey, checksums.before(formKey, JSON.stringify(record))],
  ];
}

function schemaOf(stored: Uint8Array | undefined): number | undefined {
  if (stored === undefined) return undefined;
  const text = Buffer.from(stored).toString('latin1');
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UnreadableRecord(metaTable, schemaKey, 'it is not a number any more');
}

function recordOf(stored: Buffer): FormRecord {
  const text = checksums.behind(formKey, stored);
  if (text === undefined) throw new UnreadableRecord(metaTable, formKey, 'its checksum does not match');
  // Written by `formRows`, and verified by its checksum.
  return JSON.parse(text.toString()) as FormRecord;
}

function newer(stored: number): AppError {
  return new AppError('store_unusable', `the store has schema version ${stored}, this build knows ${schemaVersion}`, {
    hint: 'start the newer commissaire again, or restore a backup made before the upgrade',
  });
}
