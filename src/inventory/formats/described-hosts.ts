import { extname } from 'node:path';
import { ansibleIniHosts } from './ansible-ini.ts';
import { csvHosts } from './csv-hosts.ts';
import type { Described } from './described-host.ts';
import { sshConfigHosts } from './ssh-config-hosts.ts';

/**
 * The hosts that a text describes: YAML (a list of hosts, or an inventory of Ansible), CSV, an INI inventory of
 * Ansible, or a configuration of OpenSSH. The ending of the file's name decides which; without one, the first word of
 * the text does.
 */
export async function describedHosts(text: string, fileName: string): Promise<Described> {
  switch (extname(fileName).toLowerCase()) {
    case '.csv':
      return csvHosts(text);
    case '.yaml':
    case '.yml':
    case '.json':
      return yamlHosts(text);
    case '.ini':
      return ansibleIniHosts(text);
    default:
      return guessed(text);
  }
}

function guessed(text: string): Promise<Described> | Described {
  const first = text.split('\n').find((line) => /^\s*[^\s#;]/.test(line)) ?? '';
  if (/^\s*(host|match|include)[\s=]/i.test(first)) return sshConfigHosts(text);
  if (/^(-\s|---|\{|\[\s*\{|[\w-]+:\s*$)/.test(first)) return yamlHosts(text);
  return /^address(,|\r?$)|,address(,|\r?$)/.test(first) ? csvHosts(text) : ansibleIniHosts(text);
}

/** Loads the parser only when it is needed. */
async function yamlHosts(text: string): Promise<Described> {
  return (await import('./yaml-hosts.ts')).yamlHosts(text);
}
