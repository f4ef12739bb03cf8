import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { systemReason } from '../system-reason.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { ansibleIniHosts } from './ansible-ini.ts';
import { csvHosts } from './csv-hosts.ts';
import type { Described } from './described-host.ts';
import { sshConfigHosts } from './ssh-config-hosts.ts';

/**
 * The hosts of a file: YAML (a list of hosts, or an inventory of Ansible), CSV, an INI inventory of Ansible, or a
 * configuration of OpenSSH. The ending of its name says which; without one, its first word does.
 *
 * @param path `-` for stdin
 * @throws UsageError when it cannot be read
 */
export async function readHosts(path: string, { stdin }: Terminal): Promise<Described> {
  const text = path === '-' ? new TextDecoder().decode(await stdin.read()) : await contentOf(path);
  switch (extname(path).toLowerCase()) {
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

/** Only who needs the parser waits for it. */
async function yamlHosts(text: string): Promise<Described> {
  return (await import('./yaml-hosts.ts')).yamlHosts(text);
}

async function contentOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read the hosts in ${path}: ${systemReason(error)}`, { cause: error });
  }
}
