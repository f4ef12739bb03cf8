import type { NoServerError, Tried } from '../client/no-server-error.ts';

/** What to do about the first server whose certificate does not count; undefined when there is none. */
export function certificateHint(tried: NoServerError['tried']): string | undefined {
  const found = tried.find(({ fault }) => fault !== undefined);
  return found === undefined ? undefined : hintFor(found);
}

function hintFor({ endpoint, fault, certificate }: Tried): string {
  switch (fault) {
    case 'time':
      return 'make a new one with `commissaire certificate renew` on the jump host, unless the clock of this machine is wrong';
    case 'name':
      return `use a name that it is for, or add this one with \`commissaire certificate renew --name ${hostOf(endpoint)}\` on the jump host`;
    default: {
      const fingerprint = certificate?.fingerprint ?? 'SHA256';
      return `compare the fingerprint with what \`commissaire certificate show\` prints on the jump host; if it is the same, trust it with \`commctl login ${endpoint} --fingerprint ${fingerprint}\`, or name its authority with --ca FILE`;
    }
  }
}

function hostOf(endpoint: string): string {
  return URL.parse(endpoint)?.hostname.replace(/^\[|\]$/g, '') ?? endpoint;
}
