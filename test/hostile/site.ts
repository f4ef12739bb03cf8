import { mkdirSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { administrator } from '../support/compiled.ts';

/** What makes a run as long as it is by hand: `scripts/test hostile --long`. */
export const isLong = process.env.COMMISSAIRE_TEST_LONG === '1';

/**
 * Whether this process can reach nothing but itself, as in the namespace that `scripts/test` makes. What sends a server
 * to addresses that chance made up runs nowhere else.
 */
export const isAlone = Object.keys(networkInterfaces()).every((name) => name === 'lo');

/** What stands in the name of a test that needs `isAlone`. */
export const needsAlone = isAlone
  ? ''
  : ' (skipped: needs a network of its own, as `scripts/test hostile` makes it as root)';

const users = ['admin', 'viewer', 'operator', 'roleless'] as const;

/** What a user of the site sends; all have one password. */
export function basic(name: string): string {
  return `Basic ${btoa(`${name}:${administrator.password}`)}`;
}

/** The configuration of a server with one user of each kind, written where `CompiledServer` finds it. */
export function configureSite(dataDir: string, more: object = {}): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  // The cheapest hash there is: nothing here is about guessing the password.
  const hash = Bun.password.hashSync(administrator.password, { algorithm: 'argon2id', memoryCost: 8, timeCost: 1 });
  const configuration = {
    'listen-port': 0,
    'authentication-plugins': [
      { name: 'httpbasicauth', users: Object.fromEntries(users.map((name) => [name, { hash }])) },
    ],
    'default-role': 'none',
    'role-bindings': [
      { role: 'admin', subjects: ['user:admin'] },
      { role: 'viewer', subjects: ['user:viewer'] },
      { role: 'operator', subjects: ['user:operator'], clusters: ['c1'] },
    ],
    ...more,
  };
  writeFileSync(join(dataDir, 'commissaire.conf'), JSON.stringify(configuration), { mode: 0o600 });
}
