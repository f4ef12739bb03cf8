import type { ExpectedFormat } from './executable-format.ts';

/** One form of the product: what it is compiled with, and what the result must be. */
export interface Target {
  /** As in the name of the file, `commissaire-NAME`. */
  readonly name: string;
  readonly bun: Bun.Build.CompileTarget;
  /** The package of the registry that has Bun for it. */
  readonly runtime: string;
  /** lmdb's addon: its package, and the file in it. */
  readonly addon: { readonly package: string; readonly file: string };
  readonly format: ExpectedFormat;
  /** What distributions call the architecture, for targets that are packaged. */
  readonly packaged?: { readonly debian: string; readonly rpm: string };
}

/**
 * Every target. Where there is one file for a processor, it is the build that needs no AVX2: a Mac of 2012 and a
 * machine with musl start it too.
 */
export const targets: readonly Target[] = [
  {
    name: 'linux-x64',
    bun: 'bun-linux-x64',
    runtime: '@oven/bun-linux-x64',
    addon: { package: '@lmdb/lmdb-linux-x64', file: 'node.napi.glibc.node' },
    format: { kind: 'elf', machine: 'x86-64', interpreter: '/lib64/ld-linux-x86-64.so.2' },
  },
  {
    name: 'linux-x64-baseline',
    bun: 'bun-linux-x64-baseline',
    runtime: '@oven/bun-linux-x64-baseline',
    addon: { package: '@lmdb/lmdb-linux-x64', file: 'node.napi.glibc.node' },
    format: { kind: 'elf', machine: 'x86-64', interpreter: '/lib64/ld-linux-x86-64.so.2' },
    packaged: { debian: 'amd64', rpm: 'x86_64' },
  },
  {
    name: 'linux-arm64',
    bun: 'bun-linux-arm64',
    runtime: '@oven/bun-linux-aarch64',
    addon: { package: '@lmdb/lmdb-linux-arm64', file: 'node.napi.glibc.node' },
    format: { kind: 'elf', machine: 'aarch64', interpreter: '/lib/ld-linux-aarch64.so.1' },
    packaged: { debian: 'arm64', rpm: 'aarch64' },
  },
  {
    name: 'linux-x64-musl',
    bun: 'bun-linux-x64-baseline-musl',
    runtime: '@oven/bun-linux-x64-musl-baseline',
    addon: { package: '@lmdb/lmdb-linux-x64', file: 'node.napi.musl.node' },
    format: { kind: 'elf', machine: 'x86-64', interpreter: '/lib/ld-musl-x86_64.so.1' },
  },
  {
    name: 'linux-arm64-musl',
    bun: 'bun-linux-arm64-musl',
    runtime: '@oven/bun-linux-aarch64-musl',
    addon: { package: '@lmdb/lmdb-linux-arm64', file: 'node.napi.musl.node' },
    format: { kind: 'elf', machine: 'aarch64', interpreter: '/lib/ld-musl-aarch64.so.1' },
  },
  {
    name: 'darwin-arm64',
    bun: 'bun-darwin-arm64',
    runtime: '@oven/bun-darwin-aarch64',
    addon: { package: '@lmdb/lmdb-darwin-arm64', file: 'node.napi.node' },
    format: { kind: 'mach-o', machine: 'aarch64' },
  },
  {
    name: 'darwin-x64',
    bun: 'bun-darwin-x64-baseline',
    runtime: '@oven/bun-darwin-x64-baseline',
    addon: { package: '@lmdb/lmdb-darwin-x64', file: 'node.napi.node' },
    format: { kind: 'mach-o', machine: 'x86-64' },
  },
];

/** @throws Error that names the targets there are */
export function targetNamed(name: string): Target {
  const target = targets.find((each) => each.name === name);
  if (target !== undefined) return target;
  throw new Error(`unknown target ${name}; known are ${targets.map((each) => each.name).join(', ')}`);
}
