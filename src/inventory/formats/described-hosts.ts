import { extname } from 'node:path';
import { ansibleIniHosts } from './ansible/hosts.ts';
import { csvHosts } from './csv-hosts.ts';
import type { Described } from './described-host.ts';
import { type NearbyFiles, noNearbyFiles } from './nearby-files.ts';
import type { SshClient } from './ssh-config/client.ts';
import { looksLikeSshConfig } from './ssh-config/looks-like.ts';
import { sshConfigHosts } from './ssh-config-hosts.ts';

/** The formats of files that describe hosts. `yaml`, also for JSON: a list of hosts, or an inventory of Ansible. */
export const hostFormats = ['yaml', 'ansible-yaml', 'ansible-ini', 'csv', 'ssh-config'] as const;

export type HostFormat = (typeof hostFormats)[number];

export interface DescribedHostsOptions {
  /** Without it the ending of the file's name decides; without one, the content does. */
  format?: HostFormat | undefined;
  /** Asked for a configuration of OpenSSH only. */
  ssh?: () => Promise<SshClient>;
  /** Those in the directory of the file. */
  files?: NearbyFiles;
}

/**
 * The hosts that a text describes: YAML (a list of hosts, or an inventory of Ansible), CSV, an INI inventory of
 * Ansible, or a configuration of OpenSSH.
 */
export async function describedHosts(
  text: string,
  fileName: string,
  { format = formatOf(text, fileName), ssh, files = noNearbyFiles }: DescribedHostsOptions = {},
): Promise<Described> {
  if (text.startsWith('$ANSIBLE_VAULT')) return encrypted(fileName);
  switch (format) {
    case 'csv':
      return csvHosts(text);
    case 'yaml':
    case 'ansible-yaml':
      return yamlHosts(text, files);
    case 'ansible-ini':
      return ansibleIniHosts(text, files);
    case 'ssh-config':
      return sshConfigHosts(text, await ssh?.());
  }
}

function encrypted(fileName: string): Described {
  const command = `ansible-inventory -i ${fileName} --ask-vault-pass --list --yaml --output hosts.yml`;
  const message = `the file is encrypted by ansible-vault, which only Ansible can read: ${command}`;
  return { hosts: [], faults: [{ line: 1, message }] };
}

function formatOf(text: string, fileName: string): HostFormat {
  switch (extname(fileName).toLowerCase()) {
    case '.csv':
      return 'csv';
    case '.yaml':
    case '.yml':
    case '.json':
      return 'yaml';
    case '.ini':
      return 'ansible-ini';
    default:
      return guessed(text);
  }
}

function guessed(text: string): HostFormat {
  const first = text.split('\n').find((line) => /^\s*[^\s#;]/.test(line)) ?? '';
  if (looksLikeSshConfig(text)) return 'ssh-config';
  if (/^(-\s|---|%YAML|\{|\[\s*\{|[\w"'-]+:(\s|$))/.test(first)) return 'yaml';
  return /^address(,|\r?$)|,address(,|\r?$)/.test(first) ? 'csv' : 'ansible-ini';
}

/** Loads the parser only when it is needed. */
async function yamlHosts(text: string, files: NearbyFiles): Promise<Described> {
  return (await import('./yaml-hosts.ts')).yamlHosts(text, files);
}
