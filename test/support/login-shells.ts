import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Session } from '../../src/ssh/session.ts';
import { withSshdFleet } from './fleet.ts';
import { fleetTarget, wire } from './ssh.ts';
import { temporaryDirectory } from './temporary.ts';

/** What Debian calls the shells that users log in with. */
export const loginShells = {
  sh: 'sh',
  bash: 'bash',
  dash: 'dash',
  zsh: 'zsh',
  ksh: 'ksh93',
  csh: 'bsd-csh',
  tcsh: 'tcsh',
  fish: 'fish',
  busybox: 'busybox sh',
} as const;

/** The startup files that these shells read for one command. They print text with and without a line break. */
const posixNoise = `printf '\\033(B\\033[m'; echo 'welcome back' >&2; printf 'no line break' >&2\n`;
const cshNoise = `printf '\\033(B\\033[m'; sh -c 'echo "welcome back" >&2'\n`;
export const noisyStartupFiles = {
  '.bashrc': `${posixNoise}set -x\n`,
  '.zshenv': posixNoise,
  '.cshrc': `${cshNoise}set verbose\n`,
  '.tcshrc': `${cshNoise}set echo\nset backslash_quote\n`,
  '.config/fish/config.fish': posixNoise,
} as const;

export interface ShellFleet extends AsyncDisposable {
  /** A session whose user has that login shell: a known one, or any command that takes `-c`. */
  dial(shell: string): Promise<Session>;
}

/** An sshd where a user has any login shell, and startup files that print. */
export async function shellFleet(shells: readonly string[]): Promise<ShellFleet> {
  const home = temporaryDirectory();
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(home.path, name)), { recursive: true });
    writeFileSync(join(home.path, name), text);
    return join(home.path, name);
  };
  for (const [name, text] of Object.entries(noisyStartupFiles)) write(name, text);
  // bash reads .bashrc when SHLVL says that it is the first shell of a connection.
  const lines = [
    '#!/bin/sh',
    'set -- $SSH_CONNECTION',
    // The fleet itself logs in before it is known which shell is where.
    `shell=sh; [ ! -e ${home.path}/shell-of/$3 ] || read -r shell <${home.path}/shell-of/$3`,
    'unset SHLVL',
    `HOME=${home.path} exec $shell -c "$SSH_ORIGINAL_COMMAND"`,
  ];
  chmodSync(home.path, 0o755);
  chmodSync(write('log-in', `${lines.join('\n')}\n`), 0o755);
  const fleet = await withSshdFleet(shells.length, { sshd: [`ForceCommand ${home.path}/log-in`] });
  const link = wire();
  for (const [index, { address }] of fleet.hosts.entries()) write(`shell-of/${address}`, `${shells[index]}\n`);
  return {
    dial: (shell) => link.dial(fleetTarget(fleet, shells.indexOf(shell))),
    async [Symbol.asyncDispose]() {
      await link[Symbol.asyncDispose]();
      await fleet[Symbol.asyncDispose]();
      home[Symbol.dispose]();
    },
  };
}
