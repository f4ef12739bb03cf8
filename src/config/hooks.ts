import { anyOf, type EventFilter, parseEventFilter } from '../lib/event-filter.ts';
import { slipInFilter } from '../lib/event-names.ts';
import { suggestName } from '../lib/nearest.ts';
import { checkAll, mapAll } from './faults.ts';
import { describeGiven, describeUnseen, fault, type Given, givenScalar, type Member, respelled } from './given.ts';
import { readDurationIn, readInteger, readPath, readText, readTexts } from './values.ts';

/** Which events a hook receives, and how. */
export interface HookConfiguration {
  readonly name: string;
  readonly filter: EventFilter;
  readonly act: HookCommand | HookUrl;
  /** Deadline of one attempt, in seconds. */
  readonly deadline: number;
  /** Attempts after the first. */
  readonly retries: number;
}

export interface HookCommand {
  readonly kind: 'command';
  /** The program and its arguments, without a shell. */
  readonly argv: readonly string[];
}

export interface HookUrl {
  readonly kind: 'url';
  readonly url: string;
  readonly secretFile: string | undefined;
}

type Members = ReadonlyMap<string, Given>;

const memberNames = ['name', 'filter', 'command', 'url', 'secret_file', 'deadline', 'retries'];
const example = 'write {"name": "chat", "filter": "host.*", "url": "https://…"} or "command": ["/usr/local/bin/…"]';

/** @throws AppError `invalid_configuration` for anything but a list of hooks with unique names */
export function readHooks(given: Given): HookConfiguration[] {
  if (given.kind !== 'list') throw fault(given.where, `hooks is ${describeUnseen(given)}, not a list`, example);
  const hooks = mapAll(given.items, (item) => ({ where: item.where, hook: readHook(item) }));
  return mapAll([...hooks.entries()], ([index, { where, hook }]) => {
    const isTaken = hooks.slice(0, index).some((earlier) => earlier.hook.name === hook.name);
    if (isTaken) throw fault(where, `there is a hook "${hook.name}" before`, 'give each hook a name of its own');
    return hook;
  });
}

function readHook(given: Given): HookConfiguration {
  if (given.kind !== 'object') throw fault(given.where, `${describeUnseen(given)} is not a hook`, example);
  const members = respelled(given.members, (name) => name.replaceAll('-', '_'));
  const byName: Members = new Map(members.map(({ name, value }) => [name, value]));
  const read = {
    name: () => readName(byName.get('name') ?? absent(given, 'name')),
    filter: () => readFilter(byName.get('filter') ?? absent(given, 'filter')),
    act: () => readAct(given, byName),
    deadline: () =>
      readDurationIn(byName.get('deadline') ?? givenScalar('the default', 30), { unit: 's', range: [1, 3600] }),
    retries: () => readInteger(byName.get('retries') ?? givenScalar('the default', 5), [0, 100]),
  };
  checkAll({ members: () => mapAll(members, checkMember), ...read });
  return {
    name: read.name(),
    filter: read.filter(),
    act: read.act(),
    deadline: read.deadline(),
    retries: read.retries(),
  };
}

function checkMember({ name, where }: Member): void {
  if (memberNames.includes(name)) return;
  throw fault(where, `"${name}" is not a member of a hook`, suggestName(name, memberNames));
}

function absent(hook: Given, member: string): never {
  throw fault(hook.where, `a hook has no ${member}`, example);
}

function readName(given: Given): string {
  const name = readText(given);
  if (/^[A-Za-z0-9_-]{1,64}$/.test(name)) return name;
  throw fault(given.where, `${describeGiven(given)} is not a name`, 'use up to 64 letters, digits, "-" and "_"');
}

function readFilter(given: Given): EventFilter {
  const texts = given.kind === 'list' ? readTexts(given) : [readText(given)];
  const filters = texts.map((text) => {
    const filter = parseEventFilter(text);
    if (filter === undefined) {
      throw fault(
        given.where,
        `"${text}" is not a filter`,
        'write type.action.key, with * for any: "operation.failed"',
      );
    }
    const slip = slipInFilter(text);
    if (slip !== undefined) throw fault(given.where, `the filter "${text}": ${slip.problem}`, slip.hint);
    return filter;
  });
  if (filters.length > 0) return anyOf(filters);
  throw fault(given.where, 'a hook without a filter would get nothing', 'write "*" for every event');
}

function readAct(hook: Given, members: Members): HookCommand | HookUrl {
  const [command, url, secret] = [members.get('command'), members.get('url'), members.get('secret_file')];
  if (command !== undefined && url !== undefined) {
    throw fault(url.where, 'a hook has both a command and a url', 'make two hooks of it');
  }
  if (url !== undefined) return { kind: 'url', url: readUrl(url), secretFile: secret && readPath(secret) };
  if (command === undefined) throw absent(hook, 'command and no url');
  if (secret !== undefined) throw fault(secret.where, 'a command has no use for a secret_file', 'take it out');
  const argv = readTexts(command);
  if (argv.length > 0) return { kind: 'command', argv };
  throw fault(command.where, 'the command is empty', 'give the program and its arguments: ["…", "…"]');
}

function readUrl(given: Given): string {
  const url = URL.parse(readText(given));
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw fault(given.where, `${describeUnseen(given)} is not a URL`, 'give one such as https://chat.example.com/hook');
  }
  if (url.username === '' && url.password === '') return url.href;
  throw fault(given.where, 'the url of a hook holds credentials', 'sign with a secret_file instead');
}
