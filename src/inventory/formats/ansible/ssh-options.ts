import { shellWords } from './shell-words.ts';

/** An option of ssh(1). */
export interface SshOption {
  /** The keyword of ssh_config(5) in lower case, or the flag when none says the same: `port` for `-p`, and `-J`. */
  keyword: string;
  value: string;
  /** As it was written. */
  shown: string;
  /** The variable of Ansible that has it. */
  variable: string;
}

/**
 * The options in a variable that holds arguments of ssh, split as Ansible and then ssh split them: `-vJ gate`,
 * `-o ProxyJump=gate`, `-F ssh.cfg`.
 *
 * @throws Error when ssh would not take them
 */
export function sshOptions(variable: string, text: string): SshOption[] {
  const split = shellWords(text, 'taken');
  if ('problem' in split) throw new Error(`${variable}: ${split.problem}`);
  const options: SshOption[] = [];
  const { words } = split;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (!/^-[^-]/.test(word)) throw new Error(`${variable}: "${word}" is no option of ssh, nor the value of one`);
    for (let at = 1; at < word.length; at += 1) {
      const flag = word.charAt(at);
      if (withoutValue.includes(flag)) options.push({ keyword: `-${flag}`, value: '', shown: `-${flag}`, variable });
      else if (!withValue.includes(flag)) throw new Error(`${variable}: "-${flag}" is no option of ssh`);
      else {
        const value = at + 1 < word.length ? word.slice(at + 1) : words[++index];
        if (value === undefined) throw new Error(`${variable}: the option -${flag} has no value`);
        options.push(optionOf(flag, value, variable));
        break;
      }
    }
  }
  return options;
}

const withoutValue = '1246AaCfGgKkMNnqsTtVvXxYy';
const withValue = 'BbcDEeFIiJLlmOopQRSWw';
const keywords: Readonly<Record<string, string>> = { p: 'port', l: 'user', i: 'identityfile' };

function optionOf(flag: string, value: string, variable: string): SshOption {
  const shown = `-${flag} ${value}`;
  if (flag !== 'o') return { keyword: keywords[flag] ?? `-${flag}`, value, shown, variable };
  const [, word = '', rest = ''] = /^\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+)(.*\S)\s*$/s.exec(value) ?? [];
  const keyword = word.toLowerCase();
  if (keyword === '' || ['host', 'match', 'include'].includes(keyword)) {
    throw new Error(`${variable}: "${shown}" is not understood: write it as -o KEYWORD=VALUE`);
  }
  const isCommand = keyword === 'proxycommand' || keyword === 'proxyjump';
  return { keyword, value: isCommand ? rest : unquoted(rest), shown, variable };
}

function unquoted(value: string): string {
  return /^"([^"]*)"$/.exec(value)?.[1] ?? value;
}
