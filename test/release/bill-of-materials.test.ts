import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { bunLibraries, bunPolyfills } from '../../scripts/lib/release/bun-libraries.ts';
import { licenceNotices } from '../../scripts/lib/release/licence-notices.ts';
import { runtimePackages } from '../../scripts/lib/release/runtime-packages.ts';
import { sbomOf } from '../../scripts/lib/release/sbom.ts';
import { targetNamed } from '../../scripts/lib/release/targets.ts';

interface Component {
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly licenses: readonly unknown[];
  readonly hashes?: readonly { alg: string; content: string }[];
  readonly components?: readonly Component[];
}

const targets = [targetNamed('linux-x64')];
const packages = await runtimePackages(targets);
const subject = { version: '1.2.3', packages, targets, date: new Date(86_400_000) };
const text = sbomOf(subject);
const bill: { components: Component[]; metadata: { component: Component; timestamp: string } } = JSON.parse(text);

test('the bill of materials follows the schema of CycloneDX 1.6', async () => {
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  expect(await validator.validate(text)).toBeNull();
  // The validator does judge.
  expect(await validator.validate(text.replace('"bomFormat"', '"format"'))).not.toBeNull();
});

test('it has the product, every dependency of package.json, the addon of lmdb, and Bun', () => {
  expect(bill.metadata).toMatchObject({
    component: { name: 'commissaire', version: '1.2.3' },
    timestamp: '1970-01-02T00:00:00.000Z',
  });
  for (const [name, version] of Object.entries(manifest.dependencies)) {
    const found = bill.components.find((component) => component.name === name);
    expect(found, name).toMatchObject({ version, purl: `pkg:npm/${name.replace('@', '%40')}@${version}` });
  }
  expect(bill.components.map(({ name }) => name)).toEqual(expect.arrayContaining(['@lmdb/lmdb-linux-x64', 'bun']));
  // What a dependency needs is there too, and what only development needs is not.
  expect(bill.components.map(({ name }) => name)).toContain('safe-stable-stringify');
  expect(bill.components.map(({ name }) => name)).not.toContain('vitest');
});

test('every package has a version, a licence and the digest of its archive', () => {
  const libraries = bill.components.filter(({ name }) => name !== 'bun');
  expect(libraries.length).toBeGreaterThan(50);
  for (const { name, version, licenses, hashes } of libraries) {
    expect({ name, version, licenses }).toMatchObject({ version: expect.any(String), licenses: [expect.anything()] });
    expect(hashes, name).toEqual([{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }]);
  }
});

test('it has what Bun contains, with the digest of the archive that the target is compiled with', () => {
  const bun = bill.components.find(({ name }) => name === 'bun');
  expect(bun?.version).toBe(manifest.packageManager.replace('bun@', ''));
  const inner = bun?.components?.map(({ name }) => name) ?? [];
  expect(inner).toEqual(expect.arrayContaining(['@oven/bun-linux-x64', ...bunLibraries.map(({ name }) => name)]));
});

test('the same subject has the same text', async () => {
  expect(sbomOf({ ...subject, packages: await runtimePackages(targets) })).toBe(text);
});

test('the licence notices name every package, with a text, and Bun and what it contains', () => {
  const notices = licenceNotices(packages, '1.4.5');
  for (const { name, version } of packages) expect(notices).toContain(`${name} ${version}\nLicence: `);
  for (const name of [...bunLibraries.map((library) => library.name), ...bunPolyfills]) expect(notices).toContain(name);
  expect(notices).toContain('GNU GENERAL PUBLIC LICENSE');
  // Apache-2.0, section 4 (d): notices are passed on.
  expect(notices).toContain('swagger-ui');
  for (const id of ['MIT', 'LGPL-2.0-or-later', 'LGPL-2.1-or-later', 'Zlib', 'ICU']) {
    expect(notices).toContain(`Text of the licence ${id}\n`);
  }
});
