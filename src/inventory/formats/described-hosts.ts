import { extname } from 'node:path';
import { ansibleIniHosts } from './ansible-ini.ts';
import { csvHosts } from './csv-hosts.ts';
import type { Described } from './described-host.ts';
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
}

/**
 * The hosts that a text describes: YAML (a list of hosts, or an inventory of Ansible), CSV, an INI inventory of
 * Ansible, or a configuration of OpenSSH.
 */
export async function describedHosts(
  text: string,
  fileName: string,
  { format = formatOf(text, fileName), ssh }: DescribedHostsOptions = {},
): Promise<Described> {
  switch (format) {
    case 'csv':
      return csvHosts(text);
    case 'yaml':
    case 'ansible-yaml':
      return yamlHosts(text);
    case 'ansible-ini':
      return ansibleIniHosts(text);
    case 'ssh-config':
      return sshConfigHosts(text, await ssh?.());
  }
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
  if (/^(-\s|---|\{|\[\s*\{|[\w-]+:\s*$)/.test(first)) return 'yaml';
  return /^address(,|\r?$)|,address(,|\r?$)/.test(first) ? 'csv' : 'ansible-ini';
}

/** Loads the parser only when it is needed. */
async function yamlHosts(text: string): Promise<Described> {
  return (await import('./yaml-hosts.ts')).yamlHosts(text);
}
