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
  async hosts(
    text: string,
    format: 'ini' | 'yaml',
    files: Readonly<Record<string, string>> = {},
  ): Promise<HostVariables | undefined> {
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
    return hostsIn(JSON.parse(value));
  }

  [Symbol.dispose](): void {
    this.#process.stdin?.end();
    this.#directory[Symbol.dispose]();
  }
}

interface Listed {
  _meta: { hostvars: HostVariables };
  [group: string]: { hosts?: string[] } | Listed['_meta'];
}

/** Hosts without variables stand only in their groups. */
function hostsIn(listed: Listed | null): HostVariables | undefined {
  if (listed === null) return undefined;
  const named = Object.values(listed).flatMap((group) => ('hosts' in group ? (group.hosts ?? []) : []));
  const { hostvars } = listed._meta;
  return Object.fromEntries(
    Array.from(new Set([...named, ...Object.keys(hostvars)]), (name) => [name, hostvars[name] ?? {}]),
  );
}
