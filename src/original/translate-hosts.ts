import { shortened } from '../lib/shortened.ts';
import { longestFact } from '../machine/facts.ts';
import type { KnownHostKeys } from './known-hosts.ts';
import type { Login, Logins } from './login.ts';
import type { HostRecord } from './records.ts';
import type { LeftOut, Noted, WantedHost } from './wanted.ts';

export interface HostChoices {
  readonly logins: Logins;
  /** Whether hosts whose credentials cannot be had are imported without a key. */
  readonly withoutCredentials: boolean;
  readonly hostKeys: KnownHostKeys | undefined;
  readonly signal: AbortSignal;
}

export interface TranslatedHosts {
  readonly hosts: Noted<WantedHost>[];
  readonly leftOut: LeftOut[];
}

/** The hosts in our form. @throws AppError `custodia_unreadable`; the reason of the signal */
export async function translateHosts(
  records: ReadonlyMap<string, HostRecord>,
  { logins, withoutCredentials, hostKeys, signal }: HostChoices,
): Promise<TranslatedHosts> {
  const hosts: Noted<WantedHost>[] = [];
  const leftOut: LeftOut[] = [];
  for (const [address, record] of records) {
    signal.throwIfAborted();
    const login = await logins.of(address, record);
    const isMissing = 'reason' in login;
    if (isMissing && !withoutCredentials) {
      leftOut.push({ kind: 'host', name: address, reason: login.reason });
      continue;
    }
    const host = translateHost(address, record, isMissing ? undefined : login);
    hosts.push({
      record: { ...host, hostKey: hostKeys?.fingerprintOf(address) },
      notes: [...(isMissing ? [`without a key: ${login.reason}`] : []), ...statusNotes(record)],
    });
  }
  return { hosts, leftOut };
}

/** The statuses that the original ends with; the others it had on the way, or never left (contract 3.1). */
const settled = ['active', 'disassociated', 'failed'];

function translateHost(address: string, record: HostRecord, login: Login | undefined): Omit<WantedHost, 'hostKey'> {
  const { status = '', os = '', cpus = 0, memory = 0, space = 0, last_check = '', source = '' } = record;
  const isSettled = settled.includes(status);
  return {
    address,
    status: isSettled ? status : 'failed',
    error: status === 'active' || status === 'disassociated' ? '' : errorOf(address, status),
    os: shortened(os === 'redhat' ? 'rhel' : os, longestFact),
    cpus,
    // The original has megabytes here, and bytes below; both are kilobytes in our records.
    memory: memory * 1024,
    space: Math.floor(space / 1024),
    last_check: shortened(last_check, longestFact),
    source: shortened(source, longestFact),
    login,
  };
}

/** Why an imported host is `failed`, and what makes it usable. */
function errorOf(address: string, status: string): string {
  const was =
    status === 'failed'
      ? 'Commissaire 0.0 had this host as failed'
      : `Commissaire 0.0 had not made this host ready: its status was ${JSON.stringify(shortened(status, 40))}`;
  return `${was}; give its credentials again with \`commctl host creds ${address} KEY_FILE\`, and the server investigates it`;
}

function statusNotes({ status = '' }: HostRecord): string[] {
  return settled.includes(status)
    ? []
    : [`its status was ${JSON.stringify(shortened(status, 40))}, and becomes failed`];
}
