import type { NearbyFiles } from '../nearby-files.ts';
import type { AnsibleInventory } from './inventory.ts';
import { isLoginVariable } from './login-variables.ts';
import type { Value, Variables } from './value.ts';
import { isNone, variablesOf } from './yaml.ts';

/** The variables of groups and hosts in the directories `group_vars` and `host_vars`. */
export interface VarsFiles {
  groups: ReadonlyMap<string, Variables>;
  hosts: ReadonlyMap<string, Variables>;
}

/**
 * Reads the files beside an inventory that Ansible would read for its groups and hosts. Adds what is wrong with them,
 * and what is not read, to the inventory.
 */
export async function readVarsFiles(inventory: AnsibleInventory, files: NearbyFiles): Promise<VarsFiles> {
  const beside = await files.list('.').catch(() => undefined);
  if (beside?.includes('ansible.cfg')) {
    const message = 'not read: what it says about logins is not used';
    inventory.remarks.push({ line: 1, message, file: files.shown('ansible.cfg') });
  }
  const of = async (directory: string, names: Iterable<string>): Promise<Map<string, Variables>> => {
    const found = new Map<string, Variables>();
    try {
      const entries = new Set(await files.list(directory));
      for (const name of entries.size === 0 ? [] : names) {
        const paths = await pathsFor(name, { directory, entries, files });
        if (paths.length > 0) found.set(name, await readAll(paths, inventory, files));
      }
    } catch (error) {
      inventory.faults.push({ line: 1, message: reasonOf(error), file: files.shown(directory) });
    }
    return found;
  };
  return {
    groups: await of('group_vars', inventory.groups.keys()),
    hosts: await of('host_vars', inventory.hosts.keys()),
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

interface Place {
  directory: string;
  entries: ReadonlySet<string>;
  files: NearbyFiles;
}

const endings = ['.yml', '.yaml', '.json'];

/** The first file or directory that has the name, with one of the endings or none. */
async function pathsFor(name: string, { directory, entries, files }: Place): Promise<string[]> {
  for (const each of ['', ...endings].map((ending) => name + ending)) {
    if (entries.has(`${each}/`)) return within(`${directory}/${each}`, files);
    if (entries.has(each)) return [`${directory}/${each}`];
  }
  return [];
}

/** The files in a directory and in those below it, without hidden ones and copies of editors. */
async function within(directory: string, files: NearbyFiles): Promise<string[]> {
  const names = ((await files.list(directory)) ?? []).map((entry) => entry.replace(/\/$/, '')).toSorted();
  const directories = new Set(await files.list(directory));
  const paths: string[] = [];
  for (const name of names) {
    if (/^\.|~$/.test(name)) continue;
    const [ending = ''] = /(?<=.)\.[^.]*$/.exec(name) ?? [];
    if (directories.has(`${name}/`)) {
      if (ending === '') paths.push(...(await within(`${directory}/${name}`, files)));
    } else if (ending === '' || endings.includes(ending)) paths.push(`${directory}/${name}`);
  }
  return paths;
}

async function readAll(paths: readonly string[], inventory: AnsibleInventory, files: NearbyFiles): Promise<Variables> {
  const all = new Map<string, Value>();
  for (const path of paths) for (const [name, value] of await readOne(path, inventory, files)) all.set(name, value);
  return all;
}

async function readOne(path: string, inventory: AnsibleInventory, files: NearbyFiles): Promise<Variables> {
  const none = new Map<string, Value>();
  const file = files.shown(path);
  const text = await files.read(path).catch((error: unknown) => {
    inventory.faults.push({ line: 1, message: reasonOf(error), file });
    return '';
  });
  if (text.startsWith('$ANSIBLE_VAULT')) {
    inventory.remarks.push({ line: 1, message: 'not read: the file is encrypted by ansible-vault', file });
    return none;
  }
  // Loads the parser only when there is a file.
  const { readYamlTree } = await import('./yaml-tree.ts');
  const { tree, faults } = readYamlTree(text);
  inventory.faults.push(...faults.map((fault) => ({ ...fault, file })));
  if (tree === undefined || isNone(tree)) return none;
  if (tree.type !== 'map') {
    inventory.faults.push({ line: tree.line, message: 'the file is no object with variables', file });
    return none;
  }
  for (const { key, value, line } of tree.entries) {
    const name = key.type === 'text' ? key.text : '';
    const shown: Value = value.type === 'scalar' ? value.value : { type: 'other' };
    if (!isLoginVariable(name)) inventory.addUnused(name, shown, { line, file });
  }
  return variablesOf(tree.entries);
}
