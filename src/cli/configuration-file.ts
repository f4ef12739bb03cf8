import { readFile, stat } from 'node:fs/promises';
import { withoutByteOrderMark } from '../lib/byte-order-mark.ts';
import { systemErrorCode } from '../lib/errors.ts';
import { suggestName } from '../lib/nearest.ts';
import type { ProxyOptions } from '../lib/proxies.ts';
import { type ConfirmMode, confirmModes } from './confirm-mode.ts';
import { jsonErrorPosition } from './json-error-position.ts';
import { proxyMembers } from './proxy-settings.ts';
import { systemReason } from './system-reason.ts';
import { checkedToken } from './token-setting.ts';
import { UsageError } from './usage-error.ts';

/** The contents of `~/.commissaire.json` (contract 12.1). */
export interface ConfigurationFile {
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
  /** When to ask for a confirmation. */
  confirm: ConfirmMode | undefined;
  /** Set when the file contains a secret and others can read it. */
  warning?: string;
}

/** Returns undefined when there is no such file. @throws UsageError */
export async function readConfigurationFile(path: string): Promise<ConfigurationFile | undefined> {
  const text = await textOf(path);
  if (text === undefined) return undefined;
  const members = membersOf(text, path);
  checkNames(members, path);
  const password = textMember(members, 'password', path);
  const proxies = proxyMembers(members, path);
  const token = tokenMember(members, path);
  const hasPassword = password !== undefined || proxies.proxy?.includes('@') === true;
  const secret = hasPassword ? 'a password' : token === undefined ? undefined : 'a token';
  const warning = secret === undefined ? undefined : await exposure(path, secret);
  return {
    endpoints: endpointMember(members, path),
    username: textMember(members, 'username', path),
    password,
    token,
    kubeconfig: textMember(members, 'kubeconfig', path),
    certificateAuthority: textMember(members, 'certificate_authority', path),
    fingerprint: textMember(members, 'fingerprint', path),
    clientCertificate: textMember(members, 'client_certificate', path),
    clientKey: textMember(members, 'client_key', path),
    proxies,
    confirm: confirmMember(members, path),
    ...(warning === undefined ? {} : { warning }),
  };
}

/** The members that the file may have. */
const memberNames = [
  'endpoint',
  'username',
  'password',
  'token',
  'kubeconfig',
  'certificate_authority',
  'fingerprint',
  'client_certificate',
  'client_key',
  'proxy',
  'no_proxy',
  'confirm',
];

/** A mistyped member would be without effect, and nobody would know. @throws UsageError */
function checkNames(members: Record<string, unknown>, path: string): void {
  const unknown = Object.keys(members).find((name) => !memberNames.includes(name));
  if (unknown === undefined) return;
  const hint = suggestName(unknown, memberNames);
  throw new UsageError(`${path}: "${unknown}" is not a member of the configuration`, { hint });
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return withoutByteOrderMark(await readFile(path, 'utf8'));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw new UsageError(`cannot read the configuration ${path}: ${systemReason(error)}`, { cause: error });
  }
}

function membersOf(text: string, path: string): Record<string, unknown> {
  const parsed = parsedJson(text, path);
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed };
  throw new UsageError(`${path}: the configuration must be one JSON object`);
}

function parsedJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { line, column } = jsonErrorPosition(text);
    throw new UsageError(`${path}:${line}:${column}: not JSON`, { cause });
  }
}

function textMember(members: Record<string, unknown>, name: string, path: string): string | undefined {
  const value = members[name];
  if (value === undefined || typeof value === 'string') return value;
  throw new UsageError(`${path}: "${name}" must be a string`);
}

function confirmMember({ confirm }: Record<string, unknown>, path: string): ConfirmMode | undefined {
  const mode = confirmModes.find((mode) => mode === confirm);
  if (confirm === undefined || mode !== undefined) return mode;
  throw new UsageError(`${path}: "confirm" must be one of ${confirmModes.map((mode) => `"${mode}"`).join(', ')}`);
}

function tokenMember(members: Record<string, unknown>, path: string): string | undefined {
  const token = textMember(members, 'token', path);
  if (token === undefined) return undefined;
  const other = ['username', 'password', 'kubeconfig'].find((name) => members[name] !== undefined);
  if (other === undefined) return checkedToken(token, `${path}: "token"`);
  throw new UsageError(`${path}: "token" and "${other}" are two ways to log in; leave one of them out`);
}

function endpointMember({ endpoint = [] }: Record<string, unknown>, path: string): string[] {
  const list: unknown[] = Array.isArray(endpoint) ? endpoint : [endpoint];
  const texts = list.filter((item) => typeof item === 'string');
  if (texts.length === list.length) return texts;
  throw new UsageError(`${path}: "endpoint" must be a URL or an array of URLs`);
}

async function exposure(path: string, secret: string): Promise<string | undefined> {
  const { mode } = await stat(path);
  return (mode & 0o044) === 0
    ? undefined
    : `warning: ${path} holds ${secret} and others can read it; run \`chmod 600 ${path}\``;
}
