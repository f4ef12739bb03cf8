import { isIP } from 'node:net';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { loginVariables } from '../../../../src/inventory/formats/ansible/login-variables.ts';
import type { Described } from '../../../../src/inventory/formats/described-host.ts';
import { describedHosts } from '../../../../src/inventory/formats/described-hosts.ts';
import { iniInventory, yamlInventory } from './generated.ts';
import { AnsibleJudge, groupsIn, type HostVariables, hostsIn } from './judge.ts';
import { nearby } from './nearby.ts';

const judge = new AnsibleJudge();
afterAll(() => judge[Symbol.dispose]());

describe.each([
  { format: 'ini' as const, inventories: iniInventory },
  { format: 'yaml' as const, inventories: yamlInventory },
])('a generated inventory in $format', ({ format, inventories }) => {
  test('has the hosts and logins that ansible-inventory lists, or is refused as there', async () => {
    const tally = { accepted: 0, refused: 0 };
    const property = fc.asyncProperty(inventories, async ({ text, files }) => {
      const answer = await judge.listed(text, format, files);
      const listed = hostsIn(answer);
      const described = await describedHosts(text, `inventory.${format}`, { files: nearby(files) });
      if (answer === null || listed === undefined) {
        tally.refused += 1;
        expect(described.faults).not.toEqual([]);
        return;
      }
      expect(described.faults).toEqual([]);
      tally.accepted += 1;
      expect(loginsOf(described)).toEqual(listedLogins(listed));
      expect(unmentioned(described, listed)).toEqual([]);
      expect(namesAndGroupsOf(described)).toEqual(listedNamesAndGroups(listed, groupsIn(answer)));
    });
    await fc.assert(property, { numRuns: 150 });
    expect(tally.accepted).toBeGreaterThan(60);
    expect(tally.refused).toBeGreaterThan(0);
  });
});

/** The settings as texts, sorted. */
function loginsOf({ hosts }: Described): string[] {
  return hosts
    .map(({ members: { address, remote_user, port, key } }) => loginText([address, remote_user, port, key]))
    .toSorted();
}

function listedLogins(listed: HostVariables): string[] {
  const reached = Object.entries(listed).filter(([, variables]) => variables.ansible_connection !== 'local');
  return reached
    .map(([name, variables]) => {
      const { address, user, port, key } = loginVariables;
      const [host, ...others] = [address, user, port, key].map((names) =>
        names.map((each) => variables[each] ?? undefined).findLast((value) => value !== undefined),
      );
      return loginText([host ?? name, ...others]);
    })
    .toSorted();
}

/** The address, the name and the groups of each host, sorted. */
function namesAndGroupsOf({ hosts }: Described): string[] {
  return hosts
    .map(({ members: { address, name = '-' }, groups = [] }) => `${address} ${name} ${groups.join(',')}`)
    .toSorted();
}

/** An alias that is the address, or no name for a host, is none. */
function listedNamesAndGroups(listed: HostVariables, groups: Readonly<Record<string, readonly string[]>>): string[] {
  const reached = Object.entries(listed).filter(([, variables]) => variables.ansible_connection !== 'local');
  return reached
    .map(([alias, variables]) => {
      const address = String(
        loginVariables.address.map((each) => variables[each] ?? undefined).findLast((value) => value !== undefined) ??
          alias,
      );
      const isName = alias !== address && isIP(alias) === 0 && !/[^\w.-]|^-|-$/.test(alias);
      return `${address} ${isName ? alias : '-'} ${(groups[alias] ?? []).join(',')}`;
    })
    .toSorted();
}

function loginText(settings: readonly unknown[]): string {
  return settings.map((value) => (value === undefined ? '-' : String(value))).join(' ');
}

const logins: ReadonlySet<string> = new Set(Object.values(loginVariables).flat());

/** Hosts that are left out, and variables that are not used, without a line that says so. */
function unmentioned({ remarks = [] }: Described, listed: HostVariables): string[] {
  const said = new Set(remarks.flatMap(({ message }) => message.split(/[\s,]+/)));
  const silent = Object.entries(listed).flatMap(([name, variables]) => [
    ...(variables.ansible_connection === 'local' ? [name] : []),
    ...Object.keys(variables).filter((key) => !logins.has(key)),
  ]);
  return silent.filter((name) => !said.has(name));
}
