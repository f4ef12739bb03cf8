import { suggestName } from '../../lib/nearest.ts';
import { jsonErrorPosition } from '../json-error-position.ts';
import { UsageError } from '../usage-error.ts';

export type Members = Readonly<Record<string, unknown>>;

/** A configuration file as it is written: a site for each context, and the context in use. */
export interface ConfigurationDocument {
  /** Members that count for every context without its own. */
  readonly shared: Members;
  /** By the name of the context. `default` is the site outside of `contexts`. */
  readonly sites: ReadonlyMap<string, Members>;
  readonly inUse: string;
}

/** The context of the members outside of `contexts`, which are all that a file of the original has. */
export const defaultContext = 'default';

export const emptyDocument: ConfigurationDocument = { shared: {}, sites: new Map(), inUse: defaultContext };

/** The members that a site may have. */
export const siteMembers = [
  'endpoint',
  'username',
  'password',
  'token',
  'kubeconfig',
  'certificate_authority',
  'fingerprint',
  'client_certificate',
  'client_key',
  'cluster',
] as const;

/** These may also stand outside of the contexts, and then count for all of them. */
export const sharedMembers = ['proxy', 'no_proxy', 'confirm'] as const;

const inContext: readonly string[] = [...siteMembers, ...sharedMembers];
const outside: readonly string[] = [...inContext, 'context', 'contexts'];

/**
 * Parses the text of a configuration file. The values of the members are not checked.
 *
 * @param path the name of the file in messages
 * @throws UsageError
 */
export function documentIn(text: string, path: string): ConfigurationDocument {
  const { context, contexts, ...members } = objectIn(parsedJson(text, path), `${path}: the configuration`);
  // A mistyped member would be without effect, and nobody would know.
  checkNames(members, outside, `${path}:`, 'the configuration');
  const [shared, own] = apart(members);
  const named = contexts === undefined ? [] : Object.entries(objectIn(contexts, `${path}: "contexts"`));
  return {
    shared,
    sites: new Map([
      ...(Object.keys(own).length === 0 ? [] : [[defaultContext, own] as const]),
      ...named.map(([name, value]) => [name, contextIn(name, value, path)] as const),
    ]),
    inUse: inUseIn(context, path),
  };
}

/** The text of the file. */
export function textOfDocument(document: ConfigurationDocument): string {
  return `${JSON.stringify(membersOfDocument(document), null, 2)}\n`;
}

/** The one JSON object that the file holds. */
export function membersOfDocument({ shared, sites, inUse }: ConfigurationDocument): Members {
  const named = [...sites].filter(([name]) => name !== defaultContext);
  return {
    ...sites.get(defaultContext),
    ...shared,
    ...(inUse === defaultContext ? {} : { context: inUse }),
    ...(named.length === 0 ? {} : { contexts: Object.fromEntries(named) }),
  };
}

/** The members of a context with those that count for all; undefined when there is no such context. */
export function membersOfContext({ shared, sites }: ConfigurationDocument, name: string): Members | undefined {
  const own = sites.get(name);
  if (own === undefined && name !== defaultContext) return undefined;
  return { ...shared, ...own };
}

/** @throws UsageError */
export function checkedContextName(name: string, where = ''): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) return name;
  throw new UsageError(`${where}"${name}" is not the name of a context`, {
    hint: 'use up to 64 letters, digits, ".", "_" and "-", and begin with a letter or a digit',
  });
}

/** @throws UsageError that names the nearest one */
export function noSuchContext(name: string, { sites }: ConfigurationDocument, path: string): UsageError {
  const known = [...sites.keys()];
  const create = `create it with \`commctl login URL --context ${name}\``;
  const hint = known.length === 0 ? create : `${suggestName(name, known)}; or ${create}`;
  return new UsageError(`there is no context "${name}" in ${path}`, { hint });
}

function contextIn(name: string, value: unknown, path: string): Members {
  checkedContextName(name, `${path}: `);
  if (name === defaultContext) {
    throw new UsageError(`${path}: a context cannot have the name "${defaultContext}"`, {
      hint: 'the members outside of "contexts" have it',
    });
  }
  const members = objectIn(value, `${path}: the context "${name}"`);
  checkNames(members, inContext, `${path}: context "${name}":`, 'a context');
  return members;
}

function inUseIn(context: unknown, path: string): string {
  if (context === undefined) return defaultContext;
  if (typeof context === 'string') return checkedContextName(context, `${path}: `);
  throw new UsageError(`${path}: "context" must be a string`);
}

function apart(members: Members): [shared: Members, own: Members] {
  const isShared = ([name]: [string, unknown]) => sharedMembers.some((each) => each === name);
  const entries = Object.entries(members);
  return [
    Object.fromEntries(entries.filter(isShared)),
    Object.fromEntries(entries.filter((entry) => !isShared(entry))),
  ];
}

function checkNames(members: Members, known: readonly string[], where: string, what: string): void {
  const unknown = Object.keys(members).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new UsageError(`${where} "${unknown}" is not a member of ${what}`, { hint: suggestName(unknown, known) });
}

function objectIn(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new UsageError(`${what} must be one JSON object`);
}

function parsedJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { line, column } = jsonErrorPosition(text);
    throw new UsageError(`${path}:${line}:${column}: not JSON`, { cause });
  }
}
