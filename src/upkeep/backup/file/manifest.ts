import { type Static, Type as t } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { damaged } from './damaged.ts';
import { MasterKeyState } from './header.ts';

export const manifestName = 'manifest.json';
/** The most bytes of a manifest: some hundred thousand files. */
export const mostManifestBytes = 32 * 1024 * 1024;

/**
 * A file in a backup. `file` is a file of the data directory: its name is `data/` and its path there. `outside` is one that
 * the configuration names elsewhere: its name is `outside` and its absolute path.
 */
export const Part = t.Object({
  name: t.String({ minLength: 1 }),
  kind: t.Union([t.Literal('store'), t.Literal('master_key'), t.Literal('file'), t.Literal('outside')]),
  size: t.Integer({ minimum: 0 }),
  /** In hex. */
  sha256: t.String({ pattern: '^[0-9a-f]{64}$' }),
  /** The permission bits, in octal. */
  mode: t.String({ pattern: '^[0-7]{3,4}$' }),
});
export type Part = Static<typeof Part>;

/** The first entry of the archive: what else is in it. */
export const Manifest = t.Object({
  version: t.String(),
  created_at: t.String(),
  host: t.String(),
  data_dir: t.String(),
  master_key: MasterKeyState,
  /** The form of all values in the store. */
  store_schema: t.Integer(),
  /** The versions of the collections in the store, by name. */
  collections: t.Record(t.String(), t.Integer()),
  parts: t.Array(Part),
  /** Files that belong to the installation and could not be read, or were left out on purpose. */
  left_out: t.Array(t.Object({ path: t.String(), why: t.String() })),
});
export type Manifest = Static<typeof Manifest>;

/** Where files of the data directory, and files from outside of it, are in the archive. */
export const [dataPrefix, outsidePrefix] = ['data/', 'outside/'] as const;

/** The absolute path that an `outside` part had. */
export function outsidePath({ name }: Part): string {
  return `/${name.slice(outsidePrefix.length)}`;
}

/** @throws AppError `backup_damaged` */
export function parsedManifest(bytes: Uint8Array): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw damaged('its manifest is not JSON', cause);
  }
  if (!Value.Check(Manifest, value)) throw damaged('its manifest is not one');
  const names = value.parts.map(({ name }) => name);
  if (new Set(names).size < names.length || !names.every(isInside))
    throw damaged('its manifest names impossible files');
  return value;
}

/** Whether a name stays within the directory that it is unpacked into. */
function isInside(name: string): boolean {
  return name.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'));
}
