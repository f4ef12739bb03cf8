import type { SessionFile } from '../session/sessions.ts';
import { type ConfigurationDocument, type Members, membersOfContext } from './document.ts';

/** A context as it is printed, without its secrets. */
export interface ShownContext {
  readonly name: string;
  readonly in_use: boolean;
  /** Whether `commctl login` left a session that has not expired. */
  readonly logged_in: boolean;
  readonly endpoint: readonly string[];
  readonly [member: string]: unknown;
}

/** @param chosen the context that this call uses */
export async function shownContext(
  document: ConfigurationDocument,
  name: string,
  { chosen, sessions }: { chosen: string; sessions: SessionFile },
): Promise<ShownContext> {
  const members = membersOfContext(document, name) ?? {};
  const endpoint = endpointsIn(members);
  const session =
    endpoint.length === 0 ? undefined : await sessions.find({ endpoints: endpoint, context: name }, undefined);
  return { name, in_use: name === chosen, logged_in: session !== undefined, ...withoutSecrets(members), endpoint };
}

export function endpointsIn({ endpoint = [] }: Members): string[] {
  return (Array.isArray(endpoint) ? endpoint : [endpoint]).map(String);
}

/** How the caller of a context logs in, in a word. */
export function loginIn(members: Members): string {
  const { username, kubeconfig, token, client_certificate } = members;
  if (token !== undefined) return 'token';
  if (kubeconfig !== undefined) return `kubeconfig ${String(kubeconfig)}`;
  if (username !== undefined) return String(username);
  return client_certificate === undefined ? '' : 'client certificate';
}

/** The members with `***` for secrets. */
export function withoutSecrets(members: Members): Members {
  const secret = ['password', 'token'];
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => {
      if (secret.includes(name)) return [name, '***'];
      return [name, name === 'proxy' && typeof value === 'string' ? value.replace(/\/\/[^/]*@/, '//***@') : value];
    }),
  );
}
