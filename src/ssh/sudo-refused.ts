import { AppError } from '../lib/errors.ts';
import type { Target } from './session.ts';

const tty = /tty to run sudo/;
const noSudo = /sudo: (?:command )?not found|not found: sudo/;

/** @param stderr what `sudo -n` printed, in English */
export function sudoRefused({ address, user }: Target, stderr: string): AppError {
  const hint = tty.test(stderr)
    ? `sudo wants a terminal there: add \`Defaults:${user} !requiretty\` to its sudoers, or log in as root`
    : noSudo.test(stderr)
      ? 'install sudo there, or log in as root'
      : `give ${user} a sudoers entry with NOPASSWD, or log in as root`;
  return new AppError('sudo_refused', `${user} may not run commands as root on ${address}: ${stderr.trim()}`, { hint });
}
