import { resolve } from 'node:path';
import { connect } from '../client/connect.ts';
import { NoServerError, type Tried } from '../client/no-server-error.ts';
import { ProblemError } from '../client/problem-error.ts';
import type { ServerCertificate } from '../client/server-certificate.ts';
import { certificateFingerprint } from '../lib/fingerprint.ts';
import { answersYes } from './confirmation.ts';
import type { Contexts } from './contexts/contexts.ts';
import { defaultContext, type Members, membersOfContext } from './contexts/document.ts';
import { Interrupted } from './interrupted.ts';
import { checkedServer, checkedUsername, wayTo } from './settings.ts';
import { type Site, siteOf } from './site.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** A site to log in to, which the configuration file gets after the login. */
export interface NewSite {
  readonly context: string;
  /** The members of the context as they are to be written, without the user who logs in. */
  readonly members: Members;
  readonly site: Site;
  readonly urls: readonly string[];
  /** The configuration file. */
  readonly path: string;
}

export interface GivenSite {
  readonly url: string;
  readonly fingerprint: string | undefined;
  /** The file of the CA. */
  readonly ca: string | undefined;
  readonly username: string | undefined;
}

/**
 * Finds out which context a login is for, and whether its server can be trusted: asks a person about a certificate that
 * no trusted CA signed.
 *
 * @throws UsageError, Interrupted, NoServerError
 */
export async function newSite(given: GivenSite, contexts: Contexts, terminal: Terminal): Promise<NewSite> {
  const url = checkedServer(given.url).replace(/\/$/, '');
  if (given.username !== undefined) checkedUsername(given.username);
  const { path } = contexts;
  const document = await contexts.read();
  const context = await contexts.chosen();
  const before = asUser(document.sites.get(context) ?? {}, given.username);
  const members = { endpoint: endpointWith(before, { url, context, path }), ...before, ...trustGiven(given, url) };
  const trusted = { ...members, ...(await newTrust(members, { url, shared: document.shared, path, terminal })) };
  const site = siteOf(membersOfContext({ ...document, sites: new Map([[context, trusted]]) }, context) ?? {}, path);
  return { context, members: trusted, site, urls: site.endpoints.map(checkedServer), path };
}

/** The members of another user are of no use. */
function asUser(members: Members, username: string | undefined): Members {
  if (username === undefined || username === members.username) return members;
  const { password: _password, token: _token, kubeconfig: _kubeconfig, ...rest } = members;
  return { ...rest, username };
}

/**
 * A context is of one site: its servers are kept when the URL is one of them.
 *
 * @throws UsageError when they are others
 */
function endpointWith(
  { endpoint = [] }: Members,
  { url, context, path }: { url: string; context: string; path: string },
): unknown {
  const known: unknown[] = Array.isArray(endpoint) ? endpoint : [endpoint];
  if (known.length === 0) return url;
  if (known.some((each) => typeof each === 'string' && each.replace(/\/$/, '') === url)) return endpoint;
  const what = context === defaultContext ? path : `the context "${context}"`;
  throw new UsageError(`${what} is of another site: ${known.join(', ')}`, {
    hint: `give the new site a name with --context NAME, or remove the other one with \`commctl context delete ${context}\``,
  });
}

/** What is given replaces what the context trusted before. */
function trustGiven({ fingerprint, ca }: GivenSite, url: string): Members {
  if (fingerprint === undefined && ca === undefined) return {};
  if (!url.startsWith('https:')) throw new UsageError(`${url} shows no certificate, because it is not https`);
  if (fingerprint !== undefined && certificateFingerprint(fingerprint) === undefined) {
    throw new UsageError(`--fingerprint: "${fingerprint}" is not the SHA-256 of a certificate`, {
      hint: 'give what `commissaire certificate show` prints on the jump host',
    });
  }
  return {
    certificate_authority: ca === undefined ? undefined : resolve(ca),
    fingerprint,
  };
}

interface Asking {
  readonly url: string;
  readonly shared: Members;
  readonly path: string;
  readonly terminal: Terminal;
}

/** The members to trust the server with, beside those that are there. @throws UsageError, Interrupted, NoServerError */
async function newTrust(members: Members, asking: Asking): Promise<Members> {
  const fault = await faultOf(members, asking);
  if (fault === undefined) return {};
  const { url, terminal } = asking;
  const isKnown = members.fingerprint !== undefined || members.certificate_authority !== undefined;
  const canBePinned = fault.certificate !== undefined && (fault.fault === 'authority' || fault.fault === 'name');
  if (isKnown || !canBePinned || fault.certificate === undefined) throw new NoServerError([fault]);
  const { certificate } = fault;
  if (!terminal.stdin.isTerminal || !terminal.stderr.isTerminal) throw untrusted(fault, certificate);
  await terminal.stderr.write(`${shown(fault, certificate).join('\n')}\n`);
  if (!(await answersYes(terminal, 'Trust this certificate?'))) {
    throw new Interrupted('commctl: the certificate is not trusted, so nothing was done');
  }
  const pinned = { fingerprint: certificate.fingerprint };
  const rest = await faultOf({ ...members, ...pinned }, asking);
  if (rest === undefined) return pinned;
  throw new UsageError(`${url} cannot be trusted by its fingerprint alone: ${rest.reason}`, {
    hint: 'the server does not send the certificate of its authority; give that as a file with --ca FILE',
  });
}

/** Why the server is not trusted; undefined when it is. @throws NoServerError when it cannot be reached */
async function faultOf(members: Members, { url, shared, path, terminal }: Asking): Promise<Tried | undefined> {
  const way = await wayTo(siteOf({ ...shared, ...members }, path), [url], terminal);
  try {
    await connect({ ...way, endpoints: [url], retries: 0 }).system.livez();
  } catch (error) {
    // Any answer will do.
    if (error instanceof ProblemError) return undefined;
    const [tried] = error instanceof NoServerError ? error.tried : [];
    if (tried?.fault === undefined) throw error;
    return tried;
  }
  return undefined;
}

function shown({ endpoint, reason, fault }: Tried, { names, issuer, validTo, fingerprint }: ServerCertificate) {
  const why = fault === 'name' ? reason : 'its certificate comes from an authority this machine does not know';
  return [
    `${endpoint} is not trusted yet: ${why}`,
    `  names:       ${names.join(', ')}`,
    `  issued by:   ${issuer}`,
    `  valid until: ${validTo.toISOString().slice(0, 10)}`,
    `  fingerprint: SHA256:${fingerprint}`,
    'Compare the fingerprint with what `commissaire certificate show` prints on the jump host.',
  ];
}

function untrusted({ endpoint, reason }: Tried, { fingerprint }: ServerCertificate): UsageError {
  return new UsageError(`${endpoint} is not trusted yet: ${reason}`, {
    hint: `compare the fingerprint with what \`commissaire certificate show\` prints on the jump host, then add --fingerprint ${fingerprint}`,
  });
}
