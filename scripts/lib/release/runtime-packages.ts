import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unpackedPackage } from './npm-package.ts';
import { integrityOf, type LockEntry, lockedPackage, lockFile, type PinnedPackage } from './pins.ts';
import { root } from './root.ts';
import type { Target } from './targets.ts';

/** A package that the product is made of. */
export interface RuntimePackage extends PinnedPackage {
  readonly description: string;
  /** SPDX. */
  readonly licence: string;
  /** The texts of its licence files; empty when it comes without. */
  readonly licenceTexts: readonly string[];
  readonly homepage: string | undefined;
  readonly author: string | undefined;
  /** Indexes of `NAME@VERSION` of the packages it needs. */
  readonly needs: readonly string[];
  /** Whether the patches of the repository change it. */
  readonly isPatched: boolean;
}

/**
 * The packages that the dependencies of package.json need, as `bun.lock` locks them, without those for other platforms;
 * and lmdb's addons for the targets.
 */
export async function runtimePackages(targets: readonly Target[]): Promise<RuntimePackage[]> {
  const { packages, workspaces } = lockFile();
  const found = new Map<string, LockEntry>();
  const visit = (name: string, from: readonly string[]) => {
    const key = resolved(name, from, packages);
    const entry = key === undefined ? undefined : packages[key];
    if (key === undefined || entry === undefined || found.has(key) || !isInstalled(key)) return;
    found.set(key, entry);
    for (const needed of neededBy(entry)) visit(needed, [...from, name]);
  };
  for (const name of Object.keys(workspaces['']?.dependencies ?? {})) visit(name, []);
  const shared = [...found].filter(([key]) => !key.startsWith('@lmdb/lmdb-'));
  const needs = ([key, entry]: [string, LockEntry]) =>
    neededBy(entry).flatMap((name) => {
      const place = resolved(name, key.split('/'), packages);
      const needed = place === undefined ? undefined : found.get(place);
      return needed === undefined || name.startsWith('@lmdb/lmdb-') ? [] : [needed[0]];
    });
  const addons = [...new Set(targets.map(({ addon }) => addon.package))].map(lockedPackage);
  return [
    ...shared.map(([key, entry]) => {
      const lmdbNeeds = key === 'lmdb' ? addons.map(({ name, version }) => `${name}@${version}`) : [];
      return packageAt(join(root, 'node_modules', key), entry, [...needs([key, entry]), ...lmdbNeeds]);
    }),
    ...(await Promise.all(
      addons.map(async (addon) => {
        const entry: LockEntry = [`${addon.name}@${addon.version}`, '', {}, addon.integrity];
        return packageAt(await unpackedPackage(addon), entry, []);
      }),
    )),
  ].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** As a package at this place finds another: in its own node_modules first, then in those above. */
function resolved(
  name: string,
  from: readonly string[],
  packages: Readonly<Record<string, LockEntry>>,
): string | undefined {
  const places = from.map((_, index) => [...from.slice(0, from.length - index), name].join('/'));
  return [...places, name].find((key) => Object.hasOwn(packages, key));
}

function neededBy([, , needs]: LockEntry): string[] {
  return Object.keys({ ...needs.dependencies, ...needs.optionalDependencies });
}

function isInstalled(key: string): boolean {
  return existsSync(join(root, 'node_modules', key, 'package.json'));
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly homepage?: string;
  readonly license?: string;
  readonly licenses?: readonly { readonly type: string }[];
  readonly author?: string | { readonly name?: string };
}

function packageAt(directory: string, entry: LockEntry, needs: readonly string[]): RuntimePackage {
  const manifest: Manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const { name, version, description = '', homepage, license, licenses, author } = manifest;
  const licence = license ?? licenses?.map(({ type }) => type).join(' OR ');
  if (licence === undefined) throw new Error(`${name} declares no licence: find out which it has`);
  return {
    name,
    version,
    integrity: integrityOf(entry),
    description,
    licence,
    licenceTexts: licenceFiles(directory).map((file) => readFileSync(join(directory, file), 'utf8').trim()),
    homepage,
    author: typeof author === 'string' ? author : author?.name,
    needs,
    isPatched: existsSync(join(root, 'patches', `${name.replaceAll('/', '%2F')}@${version}.patch`)),
  };
}

function licenceFiles(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => /^(licen[cs]e|copying|notice|unlicense)/i.test(name))
    .sort();
}
