import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.ts';

/** A package of the registry, and the digest that its archive must have (Subresource Integrity, `sha512-…`). */
export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
}

/**
 * The archives of Bun that targets are compiled with. `bun.lock` has none of them. A new version of Bun needs new
 * digests: `npm view @oven/bun-linux-x64@VERSION dist.integrity`, for each.
 */
const runtimes = {
  version: '1.4.5',
  integrity: {
    '@oven/bun-linux-x64':
      'sha512-IWX9BELoGHAUtMonkeSaNaZwXzRk+oDw6Mk+HBFXd3KHYIBNBsIGRupMZPcgNoDbJpLu6gAJjIoIVPZtt1aJ1g==',
    '@oven/bun-linux-x64-baseline':
      'sha512-s8yMwYcFnnrA178gji0gZbkE2WVDej/Ti1x770oPfihxyRxSMNhGhiAQNXV53aDeraZxksdvKV/RAdQBCd0qPA==',
    '@oven/bun-linux-aarch64':
      'sha512-4BXmsSKnjOrlGWqZV4x/oWa7AVoR+B6lCXddMzOAXBIm3t50eslg9wb66gmtW1AamEQ1l1CDvmmruysEhqOWMg==',
    '@oven/bun-linux-x64-musl-baseline':
      'sha512-cWJhU8h0+MiUgpSt99sQhjxLIIosKEcKYdtKddohokUvAuN6jKOy7g7+QDTZTXtwHxz93wL3BX+L6wXVPDUH3A==',
    '@oven/bun-linux-aarch64-musl':
      'sha512-XCNc+WvvMAdNNb+OWTogpy+N9wm62fkVeEVLb6how0RZhW5LPi6c7BlkeVCuWps7XjEl2saFpHFa20/1E+PAHg==',
    '@oven/bun-darwin-aarch64':
      'sha512-4MIFXHmctH2EhAxLXm2/qxNtv17dFtLJylvaOCsrgq6KSqHTs6eW5YSrJjRbJxYUJaR901fsN8JfZOa+CsWpWQ==',
    '@oven/bun-darwin-x64-baseline':
      'sha512-zqfLA5A4B+hYMh5WYzYSot3uZ06FzhdP0OEwQisEzdirYtXGj5cQFlfy31BGfNsAsk1Gd/w/OxJ/jqqJ3cMclw==',
  },
} as const;

/** Bun for a target. @throws Error when the digests are those of another Bun than package.json wants */
export function pinnedRuntime(name: string): PinnedPackage {
  const wanted = packageManager();
  if (wanted !== `bun@${runtimes.version}`) {
    throw new Error(
      `package.json wants ${wanted}, but scripts/lib/release/pins.ts has the digests of ${runtimes.version}`,
    );
  }
  const integrity = Object.entries(runtimes.integrity).find(([each]) => each === name)?.[1];
  if (integrity === undefined) throw new Error(`scripts/lib/release/pins.ts has no digest for ${name}`);
  return { name, version: runtimes.version, integrity };
}

/** A package that `bun.lock` locks. @throws Error when it has none of that name */
export function lockedPackage(name: string): PinnedPackage {
  const entry = lockFile().packages[name];
  if (entry === undefined) throw new Error(`bun.lock has no package ${name}`);
  const [specifier] = entry;
  return { name, version: specifier.slice(specifier.lastIndexOf('@') + 1), integrity: integrityOf(entry) };
}

/** One package of `bun.lock`: `NAME@VERSION`, where it came from, what it needs, and its digest. */
export type LockEntry = readonly [specifier: string, origin: string, needs: LockNeeds, integrity: string];

export interface LockNeeds {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface LockFile {
  readonly workspaces: Readonly<Record<string, LockNeeds>>;
  /** By the path in node_modules, without the folders of that name between: `accepts/mime-types`. */
  readonly packages: Readonly<Record<string, LockEntry>>;
}

export function lockFile(): LockFile {
  // Its form is Bun's own affair, and the version of Bun is pinned.
  return Bun.JSONC.parse(readFileSync(join(root, 'bun.lock'), 'utf8')) as LockFile;
}

export function integrityOf([specifier, , , integrity]: LockEntry): string {
  if (typeof integrity === 'string' && integrity.startsWith('sha512-')) return integrity;
  throw new Error(`bun.lock has no SHA-512 of ${specifier}`);
}

function packageManager(): unknown {
  const manifest: { packageManager?: unknown } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return manifest.packageManager;
}
