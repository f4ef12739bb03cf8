import { type ConfigurationDocument, defaultContext, type Members } from './document.ts';

/** Adds a context, or replaces the members of one. */
export function withSite(document: ConfigurationDocument, name: string, members: Members): ConfigurationDocument {
  return { ...document, sites: new Map([...document.sites, [name, members]]) };
}

/** Gives a context another value of a member; undefined takes the member away. */
export function withMember(
  document: ConfigurationDocument,
  name: string,
  [member, value]: readonly [member: string, value: string | undefined],
): ConfigurationDocument {
  const { [member]: _, ...others } = document.sites.get(name) ?? {};
  return withSite(document, name, value === undefined ? others : { ...others, [member]: value });
}

/** Removes a context. The members outside of the contexts are in use when it was. */
export function withoutSite(document: ConfigurationDocument, name: string): ConfigurationDocument {
  const sites = new Map([...document.sites].filter(([each]) => each !== name));
  return { ...document, sites, inUse: document.inUse === name ? defaultContext : document.inUse };
}

export function renamedSite(document: ConfigurationDocument, from: string, to: string): ConfigurationDocument {
  const sites = new Map([...document.sites].map(([name, members]) => [name === from ? to : name, members]));
  return { ...document, sites, inUse: document.inUse === from ? to : document.inUse };
}

/** Makes a context the one in use. */
export function using(document: ConfigurationDocument, name: string): ConfigurationDocument {
  return { ...document, inUse: name };
}
