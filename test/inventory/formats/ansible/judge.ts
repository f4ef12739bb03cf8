import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { temporaryDirectory } from '../../../support/temporary.ts';

/** The variables of each host, by its name. */
export type HostVariables = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The program ansible-inventory of Debian's ansible-core, for the Python of Debian. */
export class AnsibleJudge implements Disposable {
  readonly #directory = temporaryDirectory();
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  #count = 0;

  constructor() {
    const configuration = join(this.#directory.path, 'ansible.cfg');
    writeFileSync(configuration, '');
    const environment = {
      PATH: process.env.PATH,
      HOME: this.#directory.path,
      LC_ALL: 'C.UTF-8',
      ANSIBLE_CONFIG: configuration,
      ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED: 'true',
    };
    const child = spawn('/usr/bin/python3', [new URL('judge.py', import.meta.url).pathname], {
      env: environment,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#process = child;
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** The hosts of an inventory, or undefined when Ansible refuses it. @param files beside it, by their paths */
  async hosts(...asked: Parameters<AnsibleJudge['listed']>): Promise<HostVariables | undefined> {
    return hostsIn(await this.listed(...asked));
  }

  /** The answer of `ansible-inventory --list`, or null when Ansible refuses the inventory. */
  async listed(
    text: string,
    format: 'ini' | 'yaml',
    files: Readonly<Record<string, string>> = {},
  ): Promise<Listed | null> {
    this.#count += 1;
    const directory = join(this.#directory.path, String(this.#count));
    const path = join(directory, format === 'ini' ? 'inventory.ini' : 'inventory.yml');
    for (const [name, content] of Object.entries({ ...files, [path]: text })) {
      const file = name === path ? path : join(directory, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    this.#process.stdin?.write(`${JSON.stringify({ path, plugin: format })}\n`);
    const { done, value } = await this.#answers.next();
    if (done === true) throw new Error('ansible-inventory ended; is the Debian package ansible-core there?');
    return JSON.parse(value);
  }

  [Symbol.dispose](): void {
    this.#process.stdin?.end();
    this.#directory[Symbol.dispose]();
  }
}

export interface Listed {
  _meta: { hostvars: HostVariables };
  [group: string]: { hosts?: string[]; children?: string[] } | Listed['_meta'];
}

/** Hosts without variables stand only in their groups. */
export function hostsIn(listed: Listed | null): HostVariables | undefined {
  if (listed === null) return undefined;
  const named = Object.values(listed).flatMap((group) => ('hosts' in group ? (group.hosts ?? []) : []));
  const { hostvars } = listed._meta;
  return Object.fromEntries(
    Array.from(new Set([...named, ...Object.keys(hostvars)]), (name) => [name, hostvars[name] ?? {}]),
  );
}

/** The groups of each host, those above its own included, without `all` and `ungrouped`. */
export function groupsIn(listed: Listed): Readonly<Record<string, readonly string[]>> {
  const groups: Record<string, string[]> = {};
  const below = (name: string): string[] => {
    const group = listed[name];
    if (group === undefined || !('hosts' in group || 'children' in group)) return [];
    return [...(group.hosts ?? []), ...(group.children ?? []).flatMap(below)];
  };
  for (const name of Object.keys(listed).toSorted()) {
    if (['_meta', 'all', 'ungrouped'].includes(name)) continue;
    for (const host of new Set(below(name))) groups[host] = [...(groups[host] ?? []), name];
  }
  return groups;
}
