import { ecdsaPublicKey } from './signatures/ecdsa.ts';
import { minisignPublicKey } from './signatures/minisign.ts';
import type { SigningKey } from './signatures/signing-key.ts';
import { sshPublicKey } from './signatures/sshsig.ts';

/** What a release writes into its installer. */
export interface InstallerSettings {
  /** Where `BASE_URL/VERSION/` and `BASE_URL/channels/` are; empty when the site has to say so. */
  readonly baseUrl: string;
  /** Undefined when the release is not signed. */
  readonly key: SigningKey | undefined;
}

const block = /^# BEGIN RELEASE SETTINGS\n[\s\S]*?^# END RELEASE SETTINGS$/m;

/** The installer with the settings of a release. @throws Error when it has no place for them */
export function installerWith(script: string, { baseUrl, key }: InstallerSettings): string {
  if (!block.test(script))
    throw new Error('install.sh has no lines "# BEGIN RELEASE SETTINGS" to "# END RELEASE SETTINGS"');
  if (/['\n]/.test(baseUrl)) throw new Error(`the base URL ${baseUrl} must have no quotes and no line breaks`);
  const settings = [
    '# BEGIN RELEASE SETTINGS',
    `release_base_url='${baseUrl}'`,
    `release_ecdsa_key='${key === undefined ? '' : ecdsaPublicKey(key.ecdsa)}'`,
    `release_minisign_key='${key === undefined ? '' : minisignPublicKey(key.ed25519)}'`,
    `release_ssh_key='${key === undefined ? '' : sshPublicKey(key.ed25519)}'`,
    '# END RELEASE SETTINGS',
  ].join('\n');
  return script.replace(block, () => settings);
}
