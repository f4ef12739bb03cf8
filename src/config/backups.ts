import { join, resolve } from 'node:path';
import { canonicalAddress } from '../lib/addresses.ts';
import { type KeepRules, keepForms, readKeepRules } from '../lib/keep-rules.ts';
import { suggestName } from '../lib/nearest.ts';
import { checkAll, mapAll } from './faults.ts';
import { describeGiven, describeUnseen, fault, type Given, type GivenObject, givenScalar, respelled } from './given.ts';
import { boundsOf, serverOptions } from './options.ts';
import type { Settings } from './settings.ts';
import { readDurationIn, readInteger, readPath, readText } from './values.ts';

/** When the server makes backups by itself, where, and how long they are kept. */
export interface BackupConfiguration {
  /** Absolute. */
  readonly directory: string;
  readonly schedule: BackupSchedule | undefined;
  readonly keep: KeepRules;
  readonly passphraseFile: string | undefined;
  readonly targets: readonly BackupTarget[];
}

export type BackupSchedule =
  | { readonly kind: 'interval'; readonly seconds: number }
  /** Minutes after midnight, in UTC. */
  | { readonly kind: 'time'; readonly minutes: number };

/** Another place that backups are copied to. */
export interface BackupTarget {
  readonly name: string;
  readonly place: TargetDirectory | TargetMachine | TargetUrl;
  /** What is kept there; without it everything is. */
  readonly keep: KeepRules | undefined;
}

export interface TargetDirectory {
  readonly kind: 'directory';
  readonly path: string;
}

export interface TargetMachine {
  readonly kind: 'ssh';
  readonly user: string;
  /** Canonical. */
  readonly address: string;
  readonly port: number;
  /** An absolute path on the machine. */
  readonly directory: string;
  /** The file of the private key. */
  readonly keyFile: string;
  /** `SHA256:…`, as ssh-keygen -l prints it. */
  readonly hostKey: string;
}

export interface TargetUrl {
  readonly kind: 'url';
  /** Ends with a slash; the name of the backup follows it. */
  readonly url: string;
  /** PEM of the CAs that are trusted, instead of those of the system. */
  readonly caFile: string | undefined;
  /** The value of the header Authorization. */
  readonly authorizationFile: string | undefined;
}

/** The configuration from valid settings. */
export function backupConfiguration(settings: Settings, dataDir: string): BackupConfiguration {
  const [directory, targets] = [settings.find('backup-directory'), settings.find('backup-targets')];
  const passphrase = settings.find('backup-passphrase-file');
  return {
    directory: directory === undefined ? join(resolve(dataDir), 'backups') : resolve(readPath(directory)),
    schedule: scheduleOf(settings),
    keep: readKeep(settings.get('backup-keep')),
    passphraseFile: passphrase && readPath(passphrase),
    targets: targets === undefined ? [] : readBackupTargets(targets),
  };
}

function scheduleOf(settings: Settings): BackupSchedule | undefined {
  const [interval, time] = [settings.find('backup-interval'), settings.find('backup-time')];
  if (time !== undefined) return { kind: 'time', minutes: readTimeOfDay(time) };
  const option = serverOptions.find(({ name }) => name === 'backup-interval');
  if (interval === undefined || option === undefined) return undefined;
  return { kind: 'interval', seconds: readDurationIn(interval, boundsOf(option)) * 3600 };
}

/** @throws AppError `invalid_configuration` */
export function refuseTwoSchedules(settings: Settings): void {
  const [interval, time] = [settings.find('backup-interval'), settings.find('backup-time')];
  if (interval === undefined || time === undefined) return;
  throw fault(time.where, `backup-time is given beside backup-interval (${interval.where})`, 'keep one of the two');
}

/** Minutes after midnight. @throws AppError `invalid_configuration` */
export function readTimeOfDay(given: Given): number {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(readText(given)) ?? [];
  if (hours !== undefined && minutes !== undefined) return Number(hours) * 60 + Number(minutes);
  throw fault(
    given.where,
    `${describeGiven(given)} is not a time of day`,
    'write hours and minutes in UTC, such as 02:30',
  );
}

/** @throws AppError `invalid_configuration` */
export function readKeep(given: Given): KeepRules {
  const text = given.kind === 'scalar' && typeof given.value === 'number' ? String(given.value) : readText(given);
  const rules = readKeepRules(text);
  if (rules !== undefined) return rules;
  throw fault(given.where, `${describeGiven(given)} does not say what is kept`, keepForms);
}

const example =
  'write {"name": "nas", "directory": "/mnt/backups"}, {"name": "other", "ssh": "backup@192.0.2.20:/srv/backups", ' +
  '"key_file": "…", "host_key": "SHA256:…"} or {"name": "vault", "url": "https://…/"}';
const memberNames = [
  'name',
  'keep',
  'directory',
  'ssh',
  'port',
  'key_file',
  'host_key',
  'url',
  'ca_file',
  'authorization_file',
];

/** @throws AppError `invalid_configuration` for anything but a list of targets with unique names */
export function readBackupTargets(given: Given): BackupTarget[] {
  if (given.kind !== 'list')
    throw fault(given.where, `backup-targets is ${describeUnseen(given)}, not a list`, example);
  const targets = mapAll(given.items, (item) => ({ where: item.where, target: readTarget(item) }));
  return mapAll([...targets.entries()], ([index, { where, target }]) => {
    const isTaken = targets.slice(0, index).some((earlier) => earlier.target.name === target.name);
    if (isTaken) throw fault(where, `there is a target "${target.name}" before`, 'give each target a name of its own');
    return target;
  });
}

type Members = ReadonlyMap<string, Given>;

function readTarget(given: Given): BackupTarget {
  if (given.kind !== 'object') throw fault(given.where, `${describeUnseen(given)} is not a target of backups`, example);
  const list = respelled(given.members, (name) => name.replaceAll('-', '_'));
  const members: Members = new Map(list.map(({ name, value }) => [name, value]));
  const keep = members.get('keep');
  const read = {
    name: () => readName(needed(given, members, 'name')),
    place: () => readPlace(given, members),
    keep: () => keep && readKeep(keep),
  };
  const checkMember = ({ name, where }: { name: string; where: string }) => {
    if (memberNames.includes(name)) return;
    throw fault(where, `"${name}" is not a member of a target of backups`, suggestName(name, memberNames));
  };
  checkAll({ members: () => mapAll(list, checkMember), ...read });
  return { name: read.name(), place: read.place(), keep: read.keep() };
}

function readPlace(given: GivenObject, members: Members): BackupTarget['place'] {
  const kinds = ['directory', 'ssh', 'url'].filter((name) => members.has(name));
  if (kinds.length !== 1) throw fault(given.where, 'a target of backups is one of directory, ssh and url', example);
  if (members.has('directory')) return { kind: 'directory', path: readAbsolute(needed(given, members, 'directory')) };
  return members.has('ssh') ? readMachine(given, members) : readUrl(given, members);
}

function readMachine(given: GivenObject, members: Members): TargetMachine {
  const ssh = needed(given, members, 'ssh');
  const [, user, host, directory] = /^([^@:/\s]+)@(\[[^\]]+\]|[^:/\s]+):(\/.*)$/.exec(readText(ssh)) ?? [];
  if (user === undefined || host === undefined || directory === undefined) {
    throw fault(ssh.where, `${describeGiven(ssh)} is not USER@ADDRESS:/DIRECTORY`, example);
  }
  const hostKey = needed(given, members, 'host_key');
  if (!/^SHA256:[A-Za-z0-9+/]{43}$/.test(readText(hostKey))) {
    throw fault(hostKey.where, 'host_key is not a fingerprint', 'write it as `ssh-keygen -lf` prints it: SHA256:…');
  }
  return {
    kind: 'ssh',
    user,
    address: canonicalAddress(host.replace(/^\[(.*)\]$/, '$1')),
    port: readInteger(members.get('port') ?? givenScalar('the default', 22), [1, 65_535]),
    directory,
    keyFile: readAbsolute(needed(given, members, 'key_file')),
    hostKey: readText(hostKey),
  };
}

function readUrl(given: GivenObject, members: Members): TargetUrl {
  const member = needed(given, members, 'url');
  const url = URL.parse(readText(member));
  if (url === null || url.protocol !== 'https:' || url.username !== '' || url.password !== '' || url.search !== '') {
    throw fault(member.where, 'the url of a target is not one of https without credentials and query', example);
  }
  const [ca, authorization] = [members.get('ca_file'), members.get('authorization_file')];
  return {
    kind: 'url',
    url: url.href.endsWith('/') ? url.href : `${url.href}/`,
    caFile: ca && readAbsolute(ca),
    authorizationFile: authorization && readAbsolute(authorization),
  };
}

function readAbsolute(given: Given): string {
  const path = readPath(given);
  if (path.startsWith('/')) return path;
  throw fault(given.where, `${describeGiven(given)} is not an absolute path`, 'begin it with a slash');
}

function readName(given: Given): string {
  const name = readText(given);
  if (/^[A-Za-z0-9_-]{1,64}$/.test(name)) return name;
  throw fault(given.where, `${describeGiven(given)} is not a name`, 'use up to 64 letters, digits, "-" and "_"');
}

function needed(given: GivenObject, members: Members, name: string): Given {
  const member = members.get(name);
  if (member !== undefined) return member;
  throw fault(given.where, `a target of backups has no ${name}`, example);
}
