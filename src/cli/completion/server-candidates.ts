import type { Client } from '../../client/connect.ts';
import type { ListQuery } from '../../client/page.ts';
import type { Host } from '../../inventory/host.ts';
import { naturalOrder } from '../../lib/natural-order.ts';
import { referenceTo } from '../../operations/operation-name.ts';
import type { ServerName } from '../declaration.ts';
import { wordOf } from '../wait/sentence.ts';
import type { Candidate } from './candidates.ts';

/** More candidates than a person looks through. */
const most = 200;

/**
 * The names on the server that begin with a text. @throws what the client throws, and the reason of the signal
 *
 * @param current the beginning of the word
 */
export async function serverCandidates(
  client: Client,
  { what, current, signal }: { what: ServerName; current: string; signal: AbortSignal },
): Promise<Candidate[]> {
  const found = await candidatesOf[what](client, current, signal);
  return found.filter(({ word }) => word.startsWith(current)).slice(0, most);
}

type Find = (client: Client, current: string, signal: AbortSignal) => Promise<Candidate[]>;

const candidatesOf: Readonly<Record<ServerName, Find>> = {
  cluster: async ({ clusters }, current, signal) => plain((await clusters.page(named(current), signal)).records),
  network: async ({ networks }, current, signal) => plain((await networks.page(named(current), signal)).records),
  container_manager: async ({ containerManagers }, current, signal) =>
    plain((await containerManagers.page(named(current), signal)).records),
  budget: async ({ budgets }, current, signal) =>
    (await budgets.page(named(current), signal)).records.map(({ name, target }) => ({ word: name, summary: target })),
  role: async ({ roles }, current, signal) => plain(namesOf((await roles.page(named(current), signal)).records)),
  role_binding: async ({ roleBindings }, current, signal) =>
    plain(namesOf((await roleBindings.page(named(current), signal)).records)),
  token: async ({ tokens }, _, signal) =>
    (await tokens.page({ limit: most }, signal)).records.map(({ id, kind, note }) => ({
      word: id,
      summary: note === '' ? kind : `${kind}, ${note}`,
    })),
  host: async (client, current, signal) => (await hosts(client, current, signal)).map(hostCandidate),
  operation: operations,
  target: targets,
};

async function operations({ operations }: Client, _: string, signal: AbortSignal): Promise<Candidate[]> {
  const { records } = await operations.page({ limit: most }, signal);
  const numbered = records.map((operation) => ({
    word: referenceTo(operation),
    summary: `${operation.kind} ${operation.target}, ${wordOf(operation)}`,
  }));
  return records.length === 0 ? [] : [{ word: 'last', summary: 'the newest operation' }, ...numbered];
}

/** Completes the last term of an expression; what is before it stays. */
async function targets(client: Client, current: string, signal: AbortSignal): Promise<Candidate[]> {
  const [term = ''] = /[^\s&|()]*$/.exec(current) ?? [];
  const before = current.slice(0, current.length - term.length);
  const found = await termsOf(client, term, signal);
  return found.map(({ word, summary }) => ({ word: before + word, summary }));
}

const beginnings: readonly Candidate[] = [
  { word: 'all', summary: 'every host' },
  { word: 'cluster:', summary: 'members of a cluster' },
  { word: 'label:', summary: 'hosts with a label' },
  { word: 'host:', summary: 'hosts by address' },
  { word: 'status:', summary: 'hosts with a status' },
  { word: 'os:', summary: 'hosts with an operating system' },
];

async function termsOf(client: Client, term: string, signal: AbortSignal): Promise<Candidate[]> {
  const [, prefix = '', rest = ''] = /^(cluster:|label:|host:|status:|os:)(.*)$/.exec(term) ?? [];
  const after = (found: readonly Candidate[]) => found.map(({ word, summary }) => ({ word: prefix + word, summary }));
  switch (prefix) {
    case 'cluster:':
      return after(await candidatesOf.cluster(client, rest, signal));
    case 'host:':
      return after(await candidatesOf.host(client, rest, signal));
    case 'label:':
      return after(plain(distinct(await hosts(client, '', signal), labelsOf)));
    case 'status:':
      return after(plain(distinct(await hosts(client, '', signal), ({ status }) => [status])));
    case 'os:':
      return after(plain(distinct(await hosts(client, '', signal), ({ os }) => (os === '' ? [] : [os]))));
    default:
      return [...beginnings, ...(await candidatesOf.host(client, term, signal))];
  }
}

async function hosts(client: Client, current: string, signal: AbortSignal): Promise<Host[]> {
  return (await client.hosts.page({ where: beginning('address', current), limit: most }, signal)).records;
}

function hostCandidate({ address, status, labels }: Host): Candidate {
  return { word: address, summary: [status, ...labelsOf({ labels })].join(' ') };
}

function labelsOf({ labels }: Pick<Host, 'labels'>): string[] {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`);
}

function distinct(records: readonly Host[], textsOf: (host: Host) => readonly string[]): string[] {
  return [...new Set(records.flatMap(textsOf))].toSorted(naturalOrder);
}

function named(current: string): ListQuery {
  return { where: beginning('name', current), limit: most };
}

/** Only letters of names go into the condition: others have a meaning there. Nothing with such a name exists anyway. */
function beginning(member: string, current: string): Record<string, string> {
  const [text = ''] = /^[\w.:-]*/.exec(current) ?? [];
  return text === '' ? {} : { [member]: `${text}*` };
}

function namesOf(records: readonly { readonly name: string }[]): string[] {
  return records.map(({ name }) => name);
}

function plain(words: readonly string[]): Candidate[] {
  return words.map((word) => ({ word, summary: '' }));
}
