/** The versions that a release can have: those of semver.org without build metadata. */
const pattern = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z]+(?:\.[0-9A-Za-z]+)*)?$/;

/** @throws Error that says how a version is written */
export function checkedVersion(version: string): string {
  if (pattern.test(version)) return version;
  throw new Error(`the version "${version}" is not of the form 1.2.3 or 1.2.3-rc.1`);
}

/** As dpkg and rpm compare it: what follows a tilde comes before the version itself, so 1.0.0~rc.1 before 1.0.0. */
export function packageVersion(version: string): string {
  return version.replace('-', '~');
}
