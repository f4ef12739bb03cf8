import { AppError, systemErrorCode } from '../lib/errors.ts';
import type { ConnectPhase } from './deadlines.ts';
import type { Target } from './session.ts';

/** What to do about the system errors that a person can do something about. */
const hints: Readonly<Record<string, string>> = {
  ENOTFOUND: 'this server cannot resolve the name: check its DNS or /etc/hosts, or register the host by its IP address',
  EAI_AGAIN: 'the name server of this server does not answer: check its DNS, or register the host by its IP address',
  ECONNREFUSED: 'nothing listens there: check that sshd runs on the machine and that the port is right',
  EHOSTUNREACH: 'there is no way to the machine: check that it is up and that a route leads to it',
  ENETUNREACH: 'this server has no route to the network of the machine',
};

export function unreachable(target: Target, phase: ConnectPhase, cause?: Error): AppError {
  const code = systemErrorCode(cause) ?? '';
  const reason = code || cause?.message || 'the connection was closed';
  return new AppError('unreachable', `cannot reach ${endpoint(target)}: ${reason} (${phase})`, {
    hint: hints[code] ?? 'check that the machine is up, and that its address and port are right',
    details: { phase },
    cause,
  });
}

export function tooSlow(target: Target, phase: ConnectPhase, ms: number): AppError {
  return new AppError('unreachable', `${endpoint(target)} did not finish ${phase} within ${ms / 1000} s`, {
    hint: 'check that the machine is up and not overloaded',
    details: { phase },
  });
}

/** Something answers, but not with SSH. */
export function notSsh(target: Target, said: string): AppError {
  const line = said.trim().split('\n', 1)[0]?.trim().slice(0, 80) ?? '';
  return new AppError(
    'unreachable',
    `${endpoint(target)} does not speak SSH: it said ${JSON.stringify(line)} (banner)`,
    {
      hint: 'check that the port is the one of sshd',
      details: { phase: 'banner' },
    },
  );
}

/** A server over its MaxStartups closes before its banner: it lives, and will answer later. */
export function hostBusy(target: Target, cause?: Error): AppError {
  return new AppError('host_busy', `${endpoint(target)} closed the connection before its banner`, {
    hint: 'its sshd may be over MaxStartups or penalise this address; try again later',
    cause,
  });
}

/** @param offered fingerprint of the key */
export function loginRefused({ address, user }: Target, offered: string, cause?: Error): AppError {
  return new AppError(
    'login_refused',
    `cannot log in to ${address} as ${user}: the host refused the key (offered ${offered})`,
    {
      hint: `check authorized_keys of ${user} there, or set other credentials with \`commctl host creds ${address}\``,
      cause,
    },
  );
}

function endpoint({ address, port }: Target): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
