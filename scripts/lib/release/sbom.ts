import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import { bunLibraries, bunSource } from './bun-libraries.ts';
import { pinnedRuntime } from './pins.ts';
import type { RuntimePackage } from './runtime-packages.ts';
import type { Target } from './targets.ts';

/** What a bill of materials is of. */
export interface Subject {
  readonly version: string;
  readonly packages: readonly RuntimePackage[];
  readonly targets: readonly Target[];
  /** Of the last commit. */
  readonly date: Date;
}

/** The bill of materials of the product, in the JSON of CycloneDX 1.6. The same subject has the same text. */
export function sbomOf({ version, packages, targets, date }: Subject): string {
  const product = component('commissaire', version, 'GPL-3.0-or-later', Enums.ComponentType.Application);
  const byName = new Map(packages.map((each) => [`${each.name}@${each.version}`, componentOf(each)]));
  for (const each of packages) {
    const own = byName.get(`${each.name}@${each.version}`);
    for (const needed of each.needs) own?.dependencies.add(bomRef(byName, needed));
  }
  const bun = bunComponent(targets);
  const components = [...byName.values(), bun];
  for (const each of components) product.dependencies.add(each.bomRef);
  const bom = new Models.Bom({
    metadata: new Models.Metadata({ component: product, timestamp: date }),
    components: new Models.ComponentRepository(components),
  });
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, { space: 2, sortLists: true })}\n`;
}

function componentOf({ name, version, licence, integrity, description, homepage, isPatched }: RuntimePackage) {
  const made = component(name, version, licence, Enums.ComponentType.Library);
  made.purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  made.description = description;
  made.hashes.set(Enums.HashAlgorithm['SHA-512'], hexOf(integrity));
  if (homepage !== undefined) made.externalReferences.add(reference(homepage, Enums.ExternalReferenceType.Website));
  if (isPatched) made.properties.add(new Models.Property('commissaire:patched', 'true'));
  return made;
}

/** Bun as it is pinned, for each target, with the libraries that it is linked with. Their versions are Bun's affair. */
function bunComponent(targets: readonly Target[]): Models.Component {
  const runtimes = targets.map(({ runtime }) => pinnedRuntime(runtime));
  const made = component('bun', runtimes[0]?.version ?? '', 'MIT', Enums.ComponentType.Framework);
  made.description = 'The runtime that the program is compiled with.';
  made.externalReferences.add(reference(bunSource, Enums.ExternalReferenceType.VCS));
  for (const { name, version, integrity } of runtimes) {
    const part = component(name, version, 'MIT', Enums.ComponentType.Framework);
    part.purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
    part.hashes.set(Enums.HashAlgorithm['SHA-512'], hexOf(integrity));
    made.components.add(part);
  }
  for (const { name, licence, source } of bunLibraries) {
    const library = component(name, undefined, licence, Enums.ComponentType.Library);
    library.externalReferences.add(reference(source, Enums.ExternalReferenceType.VCS));
    made.components.add(library);
  }
  return made;
}

function component(
  name: string,
  version: string | undefined,
  licence: string,
  type: Enums.ComponentType,
): Models.Component {
  const bomRefOf = version === undefined ? name : `${name}@${version}`;
  const made = new Models.Component(type, name, { bomRef: bomRefOf, ...(version === undefined ? {} : { version }) });
  made.licenses.add(
    / (?:AND|OR|WITH) /.test(licence) ? new Models.LicenseExpression(licence) : new Models.SpdxLicense(licence),
  );
  return made;
}

function bomRef(byName: ReadonlyMap<string, Models.Component>, name: string): Models.BomRef {
  const found = byName.get(name);
  if (found === undefined) throw new Error(`${name} is needed, but is not among the packages of the product`);
  return found.bomRef;
}

function reference(url: string, type: Enums.ExternalReferenceType): Models.ExternalReference {
  return new Models.ExternalReference(url, type);
}

function hexOf(integrity: string): string {
  return Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex');
}
