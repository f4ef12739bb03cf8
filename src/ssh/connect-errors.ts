import { AppError, systemErrorCode } from '../lib/errors.ts';
import { shortened } from '../lib/shortened.ts';
import type { ConnectPhase } from './deadlines.ts';
import type { KeyAnswer } from './key-offer.ts';
import type { Target } from './session.ts';

/** Hints for the system errors that a person can resolve. */
const hints: Readonly<Record<string, string>> = {
  ENOTFOUND: 'this server cannot resolve the name: check its DNS or /etc/hosts, or register the host by its IP address',
  EAI_AGAIN: 'the name server of this server does not answer: check its DNS, or register the host by its IP address',
  ECONNREFUSED: 'nothing listens there: check that sshd runs on the machine and that the port is right',
  EHOSTUNREACH: 'there is no way to the machine: check that it is up and that a route leads to it',
  ENETUNREACH: 'this server has no route to the network of the machine',
};

export function unreachable(target: Target, phase: ConnectPhase, cause?: Error): AppError {
  const code = systemErrorCode(cause) ?? '';
  const reason = code || saidBy(cause) || 'the connection was closed';
  return new AppError('unreachable', `cannot reach ${endpoint(target)}: ${reason} (${phase})`, {
    hint: hints[code] ?? 'check that the machine is up, and that its address and port are right',
    details: { phase },
    cause,
  });
}

/** An error of ssh2 without a message comes from data that no machine may send. */
function saidBy(cause: Error | undefined): string | undefined {
  const isStumble = cause instanceof TypeError || cause instanceof RangeError;
  return isStumble ? 'the machine does not keep to the SSH protocol' : cause?.message;
}

/** A phase of the handshake exceeded its deadline. */
export class TooSlow extends AppError {
  readonly phase: ConnectPhase;
  /** How long the machine had sent nothing by then. */
  readonly silentMs: number;

  constructor(target: Target, phase: ConnectPhase, ms: number, silentMs: number) {
    super('unreachable', `${endpoint(target)} did not finish ${phase} within ${ms / 1000} s`, {
      hint: 'check that the machine is up and not overloaded',
      details: { phase },
    });
    this.phase = phase;
    this.silentMs = silentMs;
  }
}

/** A service answers, but not with SSH. */
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

/** An sshd over its MaxStartups closes before its banner: it runs, and will answer later. */
export function hostBusy(target: Target, cause?: Error): AppError {
  return new AppError('host_busy', `${endpoint(target)} closed the connection before its banner`, {
    hint: 'its sshd may be over MaxStartups or penalise this address; try again later',
    cause,
  });
}

/**
 * @param offered fingerprint of our key
 * @param answer what the host answered to it; undefined when it ended the connection instead
 */
export function loginRefused(target: Target, offered: string, answer?: KeyAnswer, cause?: Error): AppError {
  const { address, user } = target;
  const { why, hint } = reasonOf(target, offered, answer);
  return new AppError('login_refused', `cannot log in to ${address} as ${user}: ${why}`, {
    hint,
    ...(answer === undefined ? {} : { details: { asks_for: answer.methods.map((method) => shortened(method, 64)) } }),
    cause,
  });
}

function reasonOf({ address, user }: Target, offered: string, answer?: KeyAnswer): { why: string; hint: string } {
  const methods = shortened(answer?.methods.join(' or ') ?? '', 200);
  const keyIsEnough = `set \`AuthenticationMethods publickey\` in sshd_config on the host, for example after \`Match User ${user}\``;
  if (answer?.accepted === true) {
    const more = methods.replace(/^publickey$/, 'another key (publickey)');
    return { why: `the host accepted the key (offered ${offered}) and then asks for ${more}`, hint: keyIsEnough };
  }
  if (methods !== '' && !answer?.methods.includes('publickey')) {
    return { why: `the host takes no keys, it asks for ${methods}`, hint: `${keyIsEnough}, and PubkeyAuthentication` };
  }
  return {
    why: `the host refused the key (offered ${offered})`,
    hint: `check authorized_keys of ${user} there, or set other credentials with \`commctl host creds ${address} KEY_FILE\``,
  };
}

/** The host takes no signatures of this type of key. It was not offered. */
export function noSignatureAlgorithm({ address, user }: Target, offered: string, cause?: Error): AppError {
  return new AppError(
    'login_refused',
    `cannot log in to ${address} as ${user}: the host takes neither rsa-sha2-256 nor rsa-sha2-512 of the key ${offered}`,
    {
      hint: `add rsa-sha2-512 to PubkeyAcceptedAlgorithms in sshd_config on the host, or set a key of type ed25519 with \`commctl host creds ${address} KEY_FILE\``,
      cause,
    },
  );
}

/** RFC 4254, 5.1: SSH_OPEN_ADMINISTRATIVELY_PROHIBITED. */
const prohibited = 1;

/** The last jump host could not connect to the target. */
export function notForwarded(target: Target, jumpHost: Target, cause: Error): AppError {
  const words = `cannot reach ${endpoint(target)}: the jump host ${jumpHost.address} `;
  const refused = 'reason' in cause && cause.reason === prohibited;
  return new AppError('unreachable', `${words}${refused ? 'forwards nothing' : 'has no way to it'}: ${cause.message}`, {
    hint: refused
      ? `check AllowTcpForwarding and PermitOpen of sshd on ${jumpHost.address}`
      : `check that the machine is up and that ${jumpHost.address} can connect to that address and port`,
    details: { phase: 'tcp', jump_host: jumpHost.address },
    cause,
  });
}

/** A jump host on the way to the target failed, with the error of that host. */
export function jumpHostFailed(target: Target, jumpHost: Target, error: AppError): AppError {
  return new AppError(error.code, `cannot reach ${target.address} through its jump host: ${error.message}`, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    details: { jump_host: jumpHost.address, ...error.details },
    cause: error,
  });
}

/** The connection to a jump host ended, and so did those through it. @param cause why, naming that host */
export function jumpHostLost({ address }: Target, jumpHost: Target, cause: unknown): AppError {
  const why = cause instanceof Error ? cause.message : `the connection to ${jumpHost.address} was lost`;
  return new AppError('connection_lost', `the connection to ${address} was lost with its jump host: ${why}`, {
    hint: `look at ${jumpHost.address}`,
    details: { jump_host: jumpHost.address },
    cause,
  });
}

export function endpoint({ address, port, jump = [] }: Target): string {
  const own = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  return [own, ...jump.map((hop) => hop.address).toReversed()].join(' through ');
}
