import { expect, test } from 'vitest';
import { Hosts } from '../../src/inventory/hosts.ts';
import { timeOrderedId } from '../../src/lib/ids.ts';
import { wire } from '../support/ssh.ts';
import { makeSshKey } from '../support/ssh-key.ts';

const ssh_priv_key = makeSshKey().privateFile;

/** An inventory in which each host has the jump hosts given. */
async function inventory(jumps: Readonly<Record<string, string | string[]>>) {
  const link = wire();
  const hosts = new Hosts(link.store, link.hostKeys, timeOrderedId);
  for (const [address, proxy_jump] of Object.entries(jumps)) {
    await hosts.create({ address, ssh_priv_key, port: 2200, proxy_jump });
  }
  return {
    hosts,
    way: async (address: string) => (await hosts.target(address)).jump?.map((hop) => hop.address),
    known: async (address: string) => (await hosts.jumpHosts([address])).get(address),
    [Symbol.asyncDispose]: () => link[Symbol.asyncDispose](),
  };
}

test.each([
  ['no jump host', { b: [] }, undefined],
  ['a list', { a: [], b: ['a'] }, ['a']],
  ['one line, as ssh -J takes it', { a1: [], a2: [], b: 'A1, a2' }, ['a1', 'a2']],
  ['the word for none', { a: [], b: 'none' }, undefined],
  ['a jump host with one of its own', { a: [], m: ['a'], b: ['m'] }, ['a', 'm']],
  ['a list whose later members have their own, as in ssh', { a: [], x: [], m: ['x'], b: ['a', 'm'] }, ['a', 'm']],
])('%s', async (_name, jumps: Record<string, string | string[]>, expected) => {
  await using site = await inventory(jumps);
  expect(await site.way('b')).toEqual(expected);
  // Operations look at the addresses only, which are remembered.
  expect([await site.known('b'), await site.known('b')]).toEqual([expected, expected]);
});

test('jump hosts are forgotten when credentials of any host on the way are written', async () => {
  await using site = await inventory({ a: [], m: ['a'], b: ['m'] });
  expect(await site.known('b')).toEqual(['a', 'm']);
  await site.hosts.setCredentials('m', { proxy_jump: [] });
  expect(await site.known('b')).toEqual(['m']);
  await site.hosts.delete('b');
  expect(await site.known('b')).toBeUndefined();
});

test.each([
  ['itself', { b: ['b'] }, 'b → b'],
  ['each other', { a: ['b'], b: ['a'] }, 'b → a → b'],
  ['a later member of the list', { a: [], c: ['a', 'b'], b: ['c'] }, 'b → c → b'],
  ['not the host itself', { a: ['c'], c: ['a'], b: ['a'] }, 'a → c → a'],
])('a way that leads back through %s is named', async (_name, jumps: Record<string, string[]>, cycle) => {
  await using site = await inventory(jumps);
  await expect(site.way('b')).rejects.toMatchObject({
    code: 'invalid_member',
    message: expect.stringContaining(cycle),
  });
  // It has an end all the same.
  expect((await site.known('b')) ?? []).not.toContain('b');
});

test.each([[['gone']], [['a', 'gone']]])(
  'a jump host that is not in the inventory (%s) is named',
  async (proxy_jump) => {
    await using site = await inventory({ a: [], b: proxy_jump });
    await expect(site.way('b')).rejects.toMatchObject({
      code: 'host_not_found',
      message: expect.stringContaining('gone'),
    });
  },
);

test('the credentials have the member when it says something, and `none` takes it away', async () => {
  await using site = await inventory({ a: [], b: [] });
  expect(await site.hosts.credentials('b')).not.toHaveProperty('proxy_jump');
  expect(await site.hosts.setCredentials('b', { proxy_jump: 'a' })).toMatchObject({ proxy_jump: ['a'], port: 2200 });
  expect(await site.hosts.setCredentials('b', { port: 22 })).toMatchObject({ proxy_jump: ['a'], port: 22 });
  expect(await site.hosts.setCredentials('b', { proxy_jump: 'none' })).not.toHaveProperty('proxy_jump');
  expect(await site.way('b')).toBeUndefined();
});
