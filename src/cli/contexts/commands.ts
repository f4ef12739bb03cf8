import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { systemReason } from '../../lib/system-reason.ts';
import { whole } from '../cell.ts';
import { yes } from '../confirmation.ts';
import { type Context, command, group } from '../context.ts';
import type { Argument } from '../declaration.ts';
import { deleteEach } from '../delete-each.ts';
import { print } from '../output.ts';
import { checkedServer, wayTo } from '../settings.ts';
import { siteOf } from '../site.ts';
import { columns } from '../table.ts';
import { checkedToken } from '../token-setting.ts';
import { UsageError } from '../usage-error.ts';
import { renamedSite, using, withMember, withoutSite, withSite } from './changes.ts';
import {
  type ConfigurationDocument,
  checkedContextName,
  defaultContext,
  type Members,
  membersOfDocument,
  noSuchContext,
} from './document.ts';
import { endpointsIn, loginIn, type ShownContext, shownContext, withoutSecrets } from './shown.ts';

const name = { summary: 'name of the context', completes: 'context' } as const satisfies Argument;

const list = command({
  name: 'list',
  summary: 'List the contexts of the configuration file: a named site each, with its servers and its user',
  arguments: {},
  options: {},
  examples: ['commctl context list'],
  async handler(context) {
    const document = await context.contexts.read();
    const all = await Promise.all([...document.sites.keys()].map((each) => shown(context, document, each)));
    const none = `there are no contexts in ${context.contexts.path}; \`commctl login URL --context NAME\` makes one`;
    return print(context, { value: all, table: () => contextTable(all), none });
  },
});

const contextTable = columns<ShownContext>(
  {
    NAME: ({ name }) => whole(name),
    'IN USE': ({ in_use }) => (in_use ? '*' : ''),
    ENDPOINT: ({ endpoint }) => endpoint.join(', '),
    LOGIN: loginIn,
    SESSION: ({ logged_in }) => (logged_in ? 'yes' : 'no'),
  },
  { SESSION: 2, LOGIN: 1 },
);

const show = command({
  name: 'show',
  summary: 'Show a context, without its secrets',
  arguments: { name: { ...name, summary: 'name of the context; by default the one in use', optional: true } },
  options: {},
  examples: ['commctl context show', 'commctl context show lab'],
  async handler(context, { name }) {
    const document = await context.contexts.read();
    const wanted = existing(document, name ?? (await context.contexts.chosen()), context);
    return print(context, { value: await shown(context, document, wanted) });
  },
});

const use = command({
  name: 'use',
  summary: 'Use a context from now on, until another one is named with --context or $COMMCTL_CONTEXT',
  arguments: { name },
  options: {
    cluster: {
      type: 'text',
      placeholder: 'NAME',
      completes: 'cluster',
      summary: 'from now on its default cluster; empty for none',
    },
  },
  examples: ['commctl context use lab', 'commctl context use prod --cluster web'],
  async handler(context, { name, cluster }) {
    const { COMMCTL_CONTEXT } = context.terminal.environment;
    const code = await changed(context, name, (document) => {
      const inUse = using(document, existing(document, name, context));
      return cluster === undefined ? inUse : withMember(inUse, name, ['cluster', cluster || undefined]);
    });
    if (COMMCTL_CONTEXT !== undefined && COMMCTL_CONTEXT !== '' && COMMCTL_CONTEXT !== name) {
      await context.terminal.stderr.write(`note: $COMMCTL_CONTEXT names "${COMMCTL_CONTEXT}", which is used instead\n`);
    }
    return code;
  },
});

const create = command({
  name: 'create',
  summary: 'Add a context without contacting its server; `commctl login URL --context NAME` also checks it and logs in',
  arguments: {
    name: { summary: 'name of the new context' },
    url: { summary: 'server of the site; several are tried in order', many: true },
  },
  options: {
    username: { type: 'text', short: 'u', placeholder: 'NAME', summary: 'user to log in as' },
    fingerprint: { type: 'text', placeholder: 'SHA256', summary: 'the only certificate that the server may show' },
    ca: { type: 'text', placeholder: 'FILE', summary: 'CA that signed the certificate of the server' },
    clientCertificate: { type: 'text', placeholder: 'FILE', summary: 'client certificate' },
    clientKey: { type: 'text', placeholder: 'FILE', summary: 'key of the client certificate, if in another file' },
    kubeconfig: { type: 'text', placeholder: 'FILE', summary: 'kubeconfig whose user is the caller' },
    tokenFile: { type: 'text', placeholder: 'FILE', summary: 'file that contains a token, - for stdin' },
    cluster: { type: 'text', placeholder: 'NAME', summary: 'its default cluster' },
  },
  examples: [
    'commctl context create prod https://jump1.example.com https://jump2.example.com -u ops',
    'commctl context create ci https://jump.example.com --ca ca.pem --token-file - < token',
  ],
  async handler(
    context,
    { name, url, username, fingerprint, ca, clientCertificate, clientKey, kubeconfig, tokenFile, cluster },
  ) {
    const token = tokenFile === undefined ? undefined : await tokenIn(tokenFile, context);
    const files = {
      certificate_authority: ca,
      client_certificate: clientCertificate,
      client_key: clientKey,
      kubeconfig,
    };
    const [first = ''] = url;
    const members = defined({
      endpoint: url.length === 1 ? first : [...url],
      username,
      token,
      fingerprint,
      cluster,
      ...Object.fromEntries(Object.entries(files).map(([member, file]) => [member, file && resolve(file)])),
    });
    const added = newName(name);
    await wayTo(siteOf(members, 'the new context'), url.map(checkedServer), context.terminal);
    return changed(context, added, (document) => withSite(absent(document, added, context), added, members));
  },
});

const rename = command({
  name: 'rename',
  summary: 'Give a context another name; its session stays',
  arguments: { name, newName: { summary: 'the new name' } },
  options: {},
  examples: ['commctl context rename lab staging', 'commctl context rename default prod'],
  async handler(context, { name, newName: to }) {
    const before = existing(await context.contexts.read(), name, context);
    const place = { endpoints: endpointsOf(await context.contexts.read(), before), context: before };
    const change = (document: ConfigurationDocument) =>
      renamedSite(absent(document, newName(to), context), existing(document, name, context), to);
    return changed(context, to, change, () => context.sessions.move(place, to));
  },
});

const remove = command({
  name: 'delete',
  summary: 'Delete contexts and their sessions from this machine; the servers are not contacted',
  arguments: { name: { ...name, many: true } },
  options: { yes },
  examples: ['commctl context delete lab', 'commctl context delete lab staging --yes'],
  async handler(context, { name: names, yes }) {
    const { contexts, sessions } = context;
    if (context.dryRun) {
      const after = names.reduce(
        (document, each) => withoutSite(document, existing(document, each, context)),
        await contexts.read(),
      );
      return unwritten(context, after);
    }
    return deleteEach(context, { noun: 'context', names, yes }, async (each) => {
      const place = { endpoints: endpointsOf(await contexts.read(), each), context: each };
      await contexts.change((document) => withoutSite(document, existing(document, each, context)));
      await sessions.forgetOf(place);
    });
  },
});

export const contextNoun = group('context', 'Sites by name in the configuration file, and which one is used', [
  list,
  show,
  use,
  create,
  rename,
  remove,
]);

/** Writes the file, and prints the context as it is then. With `--dry-run` prints the file instead. */
async function changed(
  context: Context,
  name: string,
  change: (document: ConfigurationDocument) => ConfigurationDocument,
  afterwards: () => Promise<void> = async () => {},
): Promise<number> {
  const { contexts } = context;
  if (context.dryRun) return unwritten(context, change(await contexts.read()));
  await contexts.change(change);
  await afterwards();
  return print(context, { value: await shown(context, await contexts.read(), name) });
}

/** The file as it would be, without its secrets. */
async function unwritten(context: Context, document: ConfigurationDocument): Promise<number> {
  const sites = new Map([...document.sites].map(([name, members]) => [name, withoutSecrets(members)]));
  return print(context, {
    value: {
      file: context.contexts.path,
      ...membersOfDocument({ ...document, sites, shared: withoutSecrets(document.shared) }),
    },
  });
}

async function shown(context: Context, document: ConfigurationDocument, name: string): Promise<ShownContext> {
  const { contexts, sessions } = context;
  return shownContext(document, name, { chosen: await contexts.chosen(), sessions });
}

/** @throws UsageError */
function existing(document: ConfigurationDocument, name: string, { contexts }: Context): string {
  if (document.sites.has(name)) return name;
  throw noSuchContext(name, document, contexts.path);
}

/** @throws UsageError */
function absent(document: ConfigurationDocument, name: string, { contexts }: Context): ConfigurationDocument {
  if (!document.sites.has(name)) return document;
  throw new UsageError(`there is a context "${name}" in ${contexts.path} already`, {
    hint: `delete it first with \`commctl context delete ${name}\`, or choose another name`,
  });
}

/** @throws UsageError */
function newName(name: string): string {
  if (name !== defaultContext) return checkedContextName(name);
  throw new UsageError(`"${defaultContext}" is the name of the members outside of the contexts`, {
    hint: 'choose another name',
  });
}

function endpointsOf({ sites }: ConfigurationDocument, name: string): string[] {
  return endpointsIn(sites.get(name) ?? {});
}

async function tokenIn(file: string, { terminal }: Context): Promise<string> {
  const text = file === '-' ? new TextDecoder().decode(await terminal.stdin.read()) : await contentOf(file);
  return checkedToken(text.trim(), file === '-' ? 'what stdin contains' : file);
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read the token file ${file}: ${systemReason(error)}`, { cause: error });
  }
}

function defined(members: Members): Members {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
