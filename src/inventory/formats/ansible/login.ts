import { loginVariables } from './login-variables.ts';
import { type SshOption, sshOptions } from './ssh-options.ts';
import { isTemplate, type Variables } from './value.ts';

/** How Ansible logs in to a host; a setting is undefined where ssh would decide. */
export interface Login {
  address: string;
  user: string | undefined;
  port: string | undefined;
  /** The path of a private key. */
  key: string | undefined;
  /** In the notation of ssh_config(5). */
  jump: string | undefined;
  /** What the variables say besides, as lines for a person. */
  unused: string[];
}

/** @throws Error when what the variables say cannot be understood */
export function loginOf(name: string, variables: Variables): Login {
  const settings = new Settings(variables);
  // Ansible puts its own settings between these, and ssh takes the first value of each.
  const options = [
    ...settings.argumentsIn(loginVariables.sshArguments),
    ...settings.option('port', loginVariables.port),
    ...settings.option('identityfile', loginVariables.key),
    ...settings.option('user', loginVariables.user),
    ...settings.argumentsIn(loginVariables.commonArguments),
    ...settings.argumentsIn(loginVariables.extraArguments),
  ];
  const { first, rest } = firstOfEach(options);
  const address = settings.text(loginVariables.address) ?? name;
  return {
    address: hostName(first.get('hostname'), address),
    user: first.get('user')?.value,
    port: first.get('port')?.value,
    key: first.get('identityfile')?.value,
    jump: jumpOf(first.get('proxy')),
    unused: [...settings.unused, ...unusedOptions(rest)],
  };
}

/** The plugin that Ansible connects with. @throws Error when it cannot be understood */
export function connectionOf(variables: Variables): string {
  return new Settings(variables).text(loginVariables.connection) ?? 'ssh';
}

/** The address in the variables, or the name of the host when they have none that is understood. */
export function addressOf(name: string, variables: Variables): string {
  try {
    return new Settings(variables).text(loginVariables.address) ?? name;
  } catch {
    return name;
  }
}

class Settings {
  readonly #variables: Variables;
  readonly unused: string[] = [];

  constructor(variables: Variables) {
    this.#variables = variables;
  }

  /** The value that counts, of the variables of one setting. */
  text(names: readonly string[]): string | undefined {
    const set = names.filter((name) => !['none', undefined].includes(this.#variables.get(name)?.type));
    const name = set.at(-1);
    if (name === undefined) return undefined;
    const text = this.#textOf(name);
    for (const other of set.slice(0, -1)) {
      const value = this.#variables.get(other);
      const same = value !== undefined && 'text' in value && value.text === text;
      if (!same) this.unused.push(`not used: ${other} beside ${name}`);
    }
    return text;
  }

  /** Ansible passes a setting on unless it is empty. */
  option(keyword: string, names: readonly string[]): SshOption[] {
    const value = this.text(names) ?? '';
    const variable = names.at(0) ?? '';
    return value === '' ? [] : [{ keyword, value, shown: variable, variable }];
  }

  argumentsIn(names: readonly string[]): SshOption[] {
    return names.flatMap((name) => sshOptions(name, this.text([name]) ?? ''));
  }

  #textOf(name: string): string {
    const value = this.#variables.get(name);
    if (value?.type === 'vaulted')
      throw new Error(`${name} is encrypted by ansible-vault, which only Ansible can read`);
    if (value === undefined || !('text' in value)) throw new Error(`${name} is neither a text nor a whole number`);
    if (isTemplate(value.text)) throw new Error(`${name} is a template, which only Ansible can fill in`);
    return value.text;
  }
}

/** The options that count: ssh takes the first one of each keyword, and one of ProxyJump and ProxyCommand. */
function firstOfEach(options: readonly SshOption[]): { first: Map<string, SshOption>; rest: SshOption[] } {
  const first = new Map<string, SshOption>();
  const rest: SshOption[] = [];
  for (const option of options) {
    const setting = settings[option.keyword];
    if (option.keyword === '-J' && first.has('proxy')) {
      throw new Error(`${option.variable}: ssh takes no "${option.shown}" after "${first.get('proxy')?.shown}"`);
    }
    if (setting === undefined || first.has(setting)) rest.push(option);
    else first.set(setting, option);
  }
  return { first, rest };
}

const settings: Readonly<Record<string, string>> = {
  hostname: 'hostname',
  port: 'port',
  user: 'user',
  identityfile: 'identityfile',
  proxyjump: 'proxy',
  '-J': 'proxy',
  proxycommand: 'proxy',
};

function jumpOf(proxy: SshOption | undefined): string | undefined {
  if (proxy === undefined || proxy.keyword !== 'proxycommand') return proxy?.value;
  if (proxy.value === 'none') return 'none';
  throw new Error(`${proxy.variable} has a ProxyCommand; name jump hosts with ProxyJump instead`);
}

function hostName(option: SshOption | undefined, address: string): string {
  const text = option?.value.replaceAll('%h', address) ?? address;
  if (/^[^\s,[\]%]+$/.test(text)) return text;
  throw new Error(`"${text}" is no address`);
}

function unusedOptions(options: readonly SshOption[]): string[] {
  const files = options.filter(({ keyword }) => keyword === '-F');
  const others = Map.groupBy(
    options.filter(({ keyword }) => keyword !== '-F'),
    ({ variable }) => variable,
  );
  return [
    ...files.map(({ value, variable }) => `not read: the configuration ${value} that ${variable} names`),
    ...Array.from(others, ([variable, unused]) => {
      const shown = unused.map((option) => option.shown).join(', ');
      return shown === variable ? `not used: ${variable}` : `not used: ${shown} of ${variable}`;
    }),
  ];
}
