import type { Described, DescribedHost, Remark } from '../described-host.ts';
import { type NearbyFiles, noNearbyFiles } from '../nearby-files.ts';
import { readIni } from './ini.ts';
import { AnsibleInventory } from './inventory.ts';
import { jumpHosts } from './jump-hosts.ts';
import { addressOf, connectionOf, loginOf } from './login.ts';
import { Precedence } from './precedence.ts';
import { readVarsFiles } from './vars-files.ts';
import { readYaml } from './yaml.ts';
import type { YamlEntry } from './yaml-tree.ts';

/** The hosts of an inventory of Ansible in INI. @param files in its directory */
export function ansibleIniHosts(text: string, files: NearbyFiles = noNearbyFiles): Promise<Described> {
  const inventory = new AnsibleInventory();
  readIni(text, inventory);
  return hostsOf(inventory, files);
}

/** The hosts of an inventory of Ansible in YAML. @param files in its directory */
export function ansibleYamlHosts(groups: readonly YamlEntry[], files: NearbyFiles = noNearbyFiles): Promise<Described> {
  const inventory = new AnsibleInventory();
  readYaml(groups, inventory);
  return hostsOf(inventory, files);
}

async function hostsOf(inventory: AnsibleInventory, files: NearbyFiles): Promise<Described> {
  const { faults, remarks } = inventory;
  const precedence = new Precedence(inventory, await readVarsFiles(inventory, files));
  const all = Array.from(inventory.hosts, ([name, { line }]) => ({
    name,
    line,
    variables: precedence.variablesOf(name),
  }));
  const addresses = new Map(all.map(({ name, variables }) => [name, addressOf(name, variables)]));
  const hosts: DescribedHost[] = [];
  for (const { name, line, variables } of all) {
    try {
      checkName(name, inventory);
      const connection = connectionOf(variables);
      if (isSsh(connection)) {
        const { address, user, port, key, jump, unused } = loginOf(name, variables);
        const way = jump === undefined ? undefined : jumpHosts(jump, addresses);
        const members = { address, remote_user: user, port: numbered(port), key, proxy_jump: way?.addresses };
        hosts.push({ line, members });
        remarks.push(...[...unused, ...(way?.unused ?? [])].map((message) => ({ line, message })));
      } else remarks.push({ line, message: withoutSsh(name, connection) });
    } catch (error) {
      faults.push({ line, message: `${name}: ${error instanceof Error ? error.message : String(error)}` });
    }
  }
  remarks.push(...unusedGroups(inventory), ...inventory.unusedVariables());
  return { hosts, faults, remarks: eachOnce(remarks) };
}

/** @throws Error for a host in no group that has the name of one, because Ansible then adds the group instead of it */
function checkName(name: string, { groups, hosts }: AnsibleInventory): void {
  const named = [...(hosts.get(name)?.groups ?? [])].some((group) => group !== 'all');
  if (!named && groups.has(name)) throw new Error('a group has this name, too; put the host into a group');
}

function isSsh(connection: string): boolean {
  return /^(?:ansible\.(?:builtin|legacy)\.)?(?:ssh|smart|paramiko|paramiko_ssh)$/.test(connection);
}

/** Plugins of Ansible and its collections that do not log in to a machine by SSH. */
const otherPlugins =
  /^(?:[\w.]+\.)?(?:local|winrm|psrp|docker|docker_api|podman|buildah|kubectl|oc|chroot|jail|iocage|zone|lxc|lxd|incus|libvirt_lxc|libvirt_qemu|qubes|funcd|saltstack|nsenter|network_cli|netconf|httpapi|grpc|napalm|libssh|aws_ssm|vmware_tools|wsl)$/;

/** Why a host is left out. @throws Error when the connection is not known */
function withoutSsh(name: string, connection: string): string {
  if (otherPlugins.test(connection))
    return `left out: ${name}, because its ansible_connection is ${connection}, not ssh`;
  throw new Error(
    `its ansible_connection "${connection}" is not known; set it to ssh, or to local to leave the host out`,
  );
}

function numbered(port: string | undefined): string | number | undefined {
  return port !== undefined && /^\d{1,15}$/.test(port) ? Number(port) : port;
}

function unusedGroups({ groups }: AnsibleInventory): Remark[] {
  const named = [...groups].filter(([name]) => name !== 'all' && name !== 'ungrouped');
  if (named.length === 0) return [];
  const names = named.map(([name]) => name).toSorted();
  const line = Math.min(...named.map(([, group]) => group.line));
  return [{ line, message: `not used: ${names.length === 1 ? 'the group' : 'the groups'} ${names.join(', ')}` }];
}

/** Many hosts share what their groups say. */
function eachOnce(remarks: readonly Remark[]): Remark[] {
  const known = new Map<string, Remark>();
  for (const remark of remarks) {
    const key = `${remark.file ?? ''}\0${remark.message}`;
    if (!known.has(key)) known.set(key, remark);
  }
  return [...known.values()].toSorted((a, b) => a.line - b.line);
}
