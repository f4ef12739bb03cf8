import { hostCount, hostShare, isClusterPattern, listLength, patternSurplus } from '../lib/grant-limits.ts';
import { isName, nameHint } from '../lib/names.ts';
import { suggestName } from '../lib/nearest.ts';
import { isSubject, subjectHint } from '../lib/subjects.ts';
import { mapAll } from './faults.ts';
import { describeGiven, fault, type Given, givenScalar, type Member, respelled } from './given.ts';
import { readInteger, readText, readTexts } from './values.ts';

/** A role of the site. The room of roles knows its valid permissions. */
export interface ConfiguredRole {
  readonly name: string;
  readonly where: string;
  readonly permissions: readonly string[];
}

/** A role binding. */
export interface ConfiguredBinding {
  readonly where: string;
  readonly role: string;
  readonly subjects: string[];
  readonly clusters?: string[];
  readonly max_hosts?: number;
  readonly max_percent?: number;
  readonly max_at_once?: number;
}

const roleExample = 'write {"deployer": {"permissions": ["operation:run", "host:read"]}}';
const bindingExample = 'write [{"role": "operator", "subjects": ["user:alice"], "clusters": ["web*"]}]';
const bindingMembers = ['role', 'subjects', 'clusters', 'max_hosts', 'max_percent', 'max_at_once'];

/** @throws AppError `invalid_configuration` for anything but an object of roles by name */
export function readRoles(given: Given): ConfiguredRole[] {
  if (given.kind !== 'object') throw fault(given.where, `roles is ${describeGiven(given)}, not an object`, roleExample);
  return mapAll(given.members, ({ name, where, value }) => {
    if (!isName(name)) throw fault(where, `"${name}" is not a name`, nameHint);
    if (value.kind !== 'object') throw fault(value.where, `${describeGiven(value)} is not a role`, roleExample);
    mapAll(value.members, (member) => checkMember(member, ['permissions'], 'a role'));
    const permissions = value.members.find((member) => member.name === 'permissions')?.value;
    if (permissions === undefined) throw fault(where, `the role ${name} has no permissions`, roleExample);
    return { name, where, permissions: readTexts(permissions) };
  });
}

/** @throws AppError `invalid_configuration` for anything but a list of bindings */
export function readBindings(given: Given): ConfiguredBinding[] {
  if (given.kind === 'list') return mapAll(given.items, readBinding);
  throw fault(given.where, `role-bindings is ${describeGiven(given)}, not a list`, bindingExample);
}

function readBinding(given: Given): ConfiguredBinding {
  const { where } = given;
  if (given.kind !== 'object') throw fault(where, `${describeGiven(given)} is not a role binding`, bindingExample);
  const members = respelled(given.members, (name) => name.replaceAll('-', '_'));
  mapAll(members, (member) => checkMember(member, bindingMembers, 'a role binding'));
  const byName = new Map(members.map(({ name, value }) => [name, value]));
  const needed = (name: string) => byName.get(name) ?? givenScalar(where, null);
  const [clusters, hosts, percent, atOnce] = ['clusters', 'max_hosts', 'max_percent', 'max_at_once'].map((name) =>
    byName.get(name),
  );
  return {
    where,
    role: readText(needed('role')),
    subjects: mapAll(listOf(needed('subjects')), readSubject),
    ...(clusters === undefined ? {} : { clusters: readClusters(clusters) }),
    ...(hosts === undefined ? {} : { max_hosts: readWithin(hosts, hostCount) }),
    ...(percent === undefined ? {} : { max_percent: readWithin(percent, hostShare) }),
    ...(atOnce === undefined ? {} : { max_at_once: readWithin(atOnce, hostCount) }),
  };
}

/** Refuses an empty list of clusters as a mistake: it would mean nowhere, and a missing one everywhere. */
function listOf(given: Given): readonly Given[] {
  const { minItems, maxItems } = listLength;
  if (given.kind !== 'list' || given.items.length < minItems) {
    throw fault(given.where, `${describeGiven(given)} is not a list with something in it`, bindingExample);
  }
  if (given.items.length <= maxItems) return given.items;
  const fix = `name at most ${maxItems} in one binding, and the others in another`;
  throw fault(given.where, `the list has ${given.items.length} things in it`, fix);
}

function readClusters(given: Given): string[] {
  const clusters = mapAll(listOf(given), readPattern);
  const surplus = patternSurplus(clusters);
  if (surplus === undefined) return clusters;
  throw fault(given.where, surplus.problem, surplus.hint);
}

function readWithin(given: Given, { minimum, maximum }: { minimum: number; maximum: number }): number {
  return readInteger(given, [minimum, maximum]);
}

function readSubject(given: Given): string {
  const subject = readText(given);
  if (isSubject(subject)) return subject;
  throw fault(given.where, `"${subject}" says of nobody who it is`, subjectHint);
}

function readPattern(given: Given): string {
  const pattern = readText(given);
  if (isClusterPattern(pattern)) return pattern;
  throw fault(given.where, `"${pattern}" is no name of a cluster`, 'write a name, with * for any letters: "web*"');
}

function checkMember({ name, where }: Member, known: readonly string[], what: string): void {
  if (known.includes(name)) return;
  throw fault(where, `"${name}" is not a member of ${what}`, suggestName(name, known));
}
