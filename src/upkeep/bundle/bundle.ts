import { gzipSync } from 'node:zlib';
import { describeError } from '../../lib/errors.ts';
import { type BundleSources, leftOut, type Part, parts } from './parts.ts';
import { redacted } from './redacted.ts';
import { type TarFile, tarOf } from './tar.ts';

/** What one part may take. */
const patienceMs = 20_000;

export interface Bundle {
  /** A gzipped archive with one directory. */
  readonly bytes: Uint8Array;
  readonly files: readonly string[];
  /** Parts that are not in it, and why. */
  readonly missing: readonly string[];
}

/** What will be in a bundle, and what never is, in lines for a person. */
export function announcement(): string[] {
  return [
    'The bundle has, without secrets:',
    ...parts.map(({ name, what }) => `  ${name.padEnd(18)}  ${what}`),
    'It does not have:',
    ...leftOut.map((what) => `  ${what}`),
  ];
}

/**
 * Collects what helps to find a fault of an installation. A part that cannot be read is left out, and `missing` says so.
 *
 * @param secrets texts that must not be in it, in any encoding
 */
export async function makeBundle(sources: BundleSources, secrets: readonly string[]): Promise<Bundle> {
  const at = sources.site.clock.now();
  const directory = `commissaire-debug-${at.toISOString().slice(0, 19).replaceAll(':', '-')}`;
  const read = await Promise.all(parts.map((part) => readPart(part, sources)));
  const there = read.flatMap(({ name, text }) => (text === undefined ? [] : [{ name, text: redacted(text, secrets) }]));
  const missing = read.flatMap(({ name, reason }) =>
    reason === undefined ? [] : [`${name}: ${redacted(reason, secrets)}`],
  );
  const contents = [...announcement(), ...missing.map((line) => `missing: ${line}`)];
  const files: TarFile[] = [{ name: 'CONTENTS.txt', text: `${contents.join('\n')}\n` }, ...there].map((file) => ({
    ...file,
    name: `${directory}/${file.name}`,
    at,
  }));
  return { bytes: gzipSync(tarOf(files)), files: files.map(({ name }) => name), missing };
}

async function readPart(part: Part, sources: BundleSources): Promise<{ name: string; text?: string; reason?: string }> {
  const { name } = part;
  try {
    const text = await part.read(sources, AbortSignal.timeout(patienceMs));
    return text === undefined ? { name, reason: 'there is nothing of it' } : { name, text };
  } catch (error) {
    return { name, reason: describeError(error) };
  }
}
