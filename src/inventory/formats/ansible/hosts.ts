import { hostName } from '../../../lib/host-name.ts';
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
  const leftOut: LeftOut[] = [];
  const nameless: string[] = [];
  for (const { name, line, variables } of all) {
    try {
      checkName(name, inventory);
      const connection = connectionOf(variables);
      if (isSsh(connection)) {
        const { address, user, port, key, jump, unused } = loginOf(name, variables);
        const way = jump === undefined ? undefined : jumpHosts(jump, addresses);
        const alias = aliasOf(name, address);
        const members = {
          address,
          ...alias,
          remote_user: user,
          port: numbered(port),
          key,
          proxy_jump: way?.addresses,
        };
        const ownGroups = precedence.ownGroupsOf(name);
        const groups = ownGroups.length === 0 ? {} : { groups: precedence.groupsOf(name), ownGroups };
        hosts.push({ line, members, ...groups });
        if (alias === undefined && hostName(name) === undefined && name !== address) nameless.push(name);
        remarks.push(...[...unused, ...(way?.unused ?? [])].map((message) => ({ line, message })));
      } else leftOut.push({ line, name, reason: withoutSsh(connection) });
    } catch (error) {
      faults.push({ line, message: `${name}: ${error instanceof Error ? error.message : String(error)}` });
    }
  }
  remarks.push(...inventory.unusedVariables(all.map(({ variables }) => variables)), ...leftOutRemarks(leftOut));
  if (nameless.length > 0) remarks.push({ line: 1, message: notNames(nameless) });
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
function withoutSsh(connection: string): string {
  if (otherPlugins.test(connection)) return `its ansible_connection is ${connection}, not ssh`;
  throw new Error(
    `its ansible_connection "${connection}" is not known; set it to ssh, or to local to leave the host out`,
  );
}

function numbered(port: string | undefined): string | number | undefined {
  return port !== undefined && /^\d{1,15}$/.test(port) ? Number(port) : port;
}

interface LeftOut {
  line: number;
  name: string;
  reason: string;
}

/** One remark for each reason. */
function leftOutRemarks(leftOut: readonly LeftOut[]): Remark[] {
  return Array.from(
    Map.groupBy(leftOut, ({ reason }) => reason),
    ([reason, hosts]) => ({
      line: Math.min(...hosts.map(({ line }) => line)),
      message: `left out: ${hosts.map(({ name }) => name).join(', ')}, because ${reason}`,
    }),
  );
}

/** The alias of a host becomes its name, unless it is the address, or no name that a host can have. */
function aliasOf(alias: string, address: string): { name: string } | undefined {
  const name = hostName(alias);
  return name === undefined || name === hostName(address) ? undefined : { name };
}

function notNames(aliases: readonly string[]): string {
  return `not used as names, because the name of a host is spelled as a DNS name: ${aliases.join(', ')}`;
}

/** Many hosts share what their groups say: then the remark has their number. */
function eachOnce(remarks: readonly Remark[]): Remark[] {
  const alike = Map.groupBy(remarks, ({ file = '', message }) => `${file}\0${message}`);
  return Array.from(alike.values(), ([first, ...others]) => first && counted(first, 1 + others.length))
    .filter((remark) => remark !== undefined)
    .toSorted((a, b) => a.line - b.line);
}

function counted(remark: Remark, hosts: number): Remark {
  return hosts === 1 ? remark : { ...remark, message: `${remark.message} (${hosts} hosts)` };
}
