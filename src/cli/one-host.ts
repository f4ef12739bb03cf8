import { isIP } from 'node:net';

/** The host that a target names itself, by its address or its name; undefined for one that selects hosts. */
export function oneHostIn(target: string): string | undefined {
  const text = target.trim();
  const named = text.replace(/^host:/, '');
  return isIP(named) !== 0 || (/^[\w.-]+$/.test(named) && text !== 'all') ? named : undefined;
}
