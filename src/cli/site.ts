import type { ProxyOptions } from '../lib/proxies.ts';
import { type ConfirmMode, confirmModes } from './confirm-mode.ts';
import type { Members } from './contexts/document.ts';
import { proxyMembers } from './proxy-settings.ts';
import { checkedToken } from './token-setting.ts';
import { UsageError } from './usage-error.ts';

/** The servers of one site, how to reach them, and who calls. */
export interface Site {
  endpoints: readonly string[];
  username: string | undefined;
  password: string | undefined;
  /** A bearer token, instead of `username` and `password`. */
  token: string | undefined;
  /** A kubeconfig whose user is the caller, instead of `username` and `password`. */
  kubeconfig: string | undefined;
  /** PEM file of the CAs that are trusted to sign the certificate of the server. */
  certificateAuthority: string | undefined;
  /** SHA-256 of the server's certificate. */
  fingerprint: string | undefined;
  /** PEM files; the first may contain the key too. */
  clientCertificate: string | undefined;
  clientKey: string | undefined;
  /** The HTTP proxy of the servers, and the hosts that are reached without it. */
  proxies: ProxyOptions;
  /** The cluster of commands that are given none. */
  cluster: string | undefined;
  /** When to ask for a confirmation. */
  confirm: ConfirmMode | undefined;
}

/**
 * Reads the members of a site.
 *
 * @param where the place of the members in messages
 * @throws UsageError
 */
export function siteOf(members: Members, where: string): Site {
  return {
    endpoints: endpointMember(members, where),
    username: textMember(members, 'username', where),
    password: textMember(members, 'password', where),
    token: tokenMember(members, where),
    kubeconfig: textMember(members, 'kubeconfig', where),
    certificateAuthority: textMember(members, 'certificate_authority', where),
    fingerprint: textMember(members, 'fingerprint', where),
    clientCertificate: textMember(members, 'client_certificate', where),
    clientKey: textMember(members, 'client_key', where),
    proxies: proxyMembers(members, where),
    cluster: textMember(members, 'cluster', where),
    confirm: confirmMember(members, where),
  };
}

function textMember(members: Members, name: string, where: string): string | undefined {
  const value = members[name];
  if (value === undefined || typeof value === 'string') return value;
  throw new UsageError(`${where}: "${name}" must be a string`);
}

function confirmMember({ confirm }: Members, where: string): ConfirmMode | undefined {
  const mode = confirmModes.find((mode) => mode === confirm);
  if (confirm === undefined || mode !== undefined) return mode;
  throw new UsageError(`${where}: "confirm" must be one of ${confirmModes.map((mode) => `"${mode}"`).join(', ')}`);
}

function tokenMember(members: Members, where: string): string | undefined {
  const token = textMember(members, 'token', where);
  if (token === undefined) return undefined;
  const other = ['username', 'password', 'kubeconfig'].find((name) => members[name] !== undefined);
  if (other === undefined) return checkedToken(token, `${where}: "token"`);
  throw new UsageError(`${where}: "token" and "${other}" are two ways to log in; leave one of them out`);
}

function endpointMember({ endpoint = [] }: Members, where: string): string[] {
  const list: unknown[] = Array.isArray(endpoint) ? endpoint : [endpoint];
  const texts = list.filter((item) => typeof item === 'string');
  if (texts.length === list.length) return texts;
  throw new UsageError(`${where}: "endpoint" must be a URL or an array of URLs`);
}
