import { parseReleaseArguments } from './arguments.ts';
import { makeRelease } from './make-release.ts';
import { ecdsaPublicKey } from './signatures/ecdsa.ts';
import { minisignPublicKey } from './signatures/minisign.ts';
import { type SigningKey, writeNewSigningKey } from './signatures/signing-key.ts';
import { sshPublicKey } from './signatures/sshsig.ts';
import { targets } from './targets.ts';

const usage = `Usage: scripts/release [--version V] [--out DIR] [--targets LIST] [--signing-key FILE] [--base-url URL]
       scripts/release --new-signing-key FILE

Builds a release into DIR/V: the program for each target, packages, installer, documents, bill of materials, licences,
checksums and signatures; and the air-gap kit beside it, DIR/commissaire-V-kit.tar and .run.

  --version V           version, such as 1.2.3 or 1.2.3-rc.1; that of package.json when left out
  --out DIR             directory of the releases (dist/release); what a web server serves as the base URL
  --targets LIST        targets, separated by commas: ${targets.map(({ name }) => name).join(', ')}
  --signing-key FILE    key that signs the checksums; its public part goes into install.sh
  --base-url URL        where install.sh finds the releases
  --channel NAME        channel that names this version from now on (stable)
  --no-packages         no deb and no rpm
  --quick               compress fast instead of small, to try things
  --new-signing-key FILE  make a signing key, print its public keys, and do nothing else

The same commit gives the same bytes, except for the ECDSA signature. SOURCE_DATE_EPOCH sets the time of all files.
`;

/** The public keys as lines for a file that INSTALL_COMMISSAIRE_PUBLIC_KEY_FILE can name. */
function publicKeys({ ecdsa, ed25519 }: SigningKey): string {
  return [
    `release_ecdsa_key='${ecdsaPublicKey(ecdsa)}'`,
    `release_minisign_key='${minisignPublicKey(ed25519)}'`,
    `release_ssh_key='${sshPublicKey(ed25519)}'`,
  ].join('\n');
}

async function main(args: readonly string[]): Promise<void> {
  const asked = parseReleaseArguments(args);
  if (asked.kind === 'help') console.log(usage.trimEnd());
  else if (asked.kind === 'new-signing-key') {
    const key = writeNewSigningKey(asked.file);
    console.log(publicKeys(key));
  } else console.log(`\n${await makeRelease(asked.options, (line) => console.log(`release: ${line}`))}`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(`release: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
