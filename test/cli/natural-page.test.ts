import { describe, expect, test } from 'vitest';
import { commctl } from './support/commctl.ts';
import { hostRecord } from './support/records.ts';
import { TestServer } from './support/server.ts';

/** A list as the server answers it: by key, or by address as it compares them. */
function listing<T>(records: readonly T[], byAddress: readonly T[] = records) {
  return ({ path }: { path: string }) => {
    const query = new URL(path, 'http://x').searchParams;
    const all = query.get('sort') === 'address' ? [...byAddress] : [...records];
    if (query.get('reverse') === 'true') all.reverse();
    const offset = Number(query.get('offset') ?? 0);
    const limit = Number(query.get('limit') ?? all.length);
    return Response.json(all.slice(offset, offset + limit), { headers: { 'x-total-count': String(all.length) } });
  };
}

const addresses = ['192.0.2.10', '192.0.2.9', '2001:db8::10', '2001:db8::9', 'n10', 'n2'];
const sorted = ['192.0.2.9', '192.0.2.10', '2001:db8::9', '2001:db8::10', 'n2', 'n10'];
const bySort = ['192.0.2.9', '192.0.2.10', '2001:db8::9', '2001:db8::10', 'n10', 'n2'];
const hosts = (all: readonly string[]) => all.map((address) => hostRecord({ address }));

describe('hosts are listed in the order of their addresses', () => {
  test.each([
    [[], sorted],
    [['--reverse'], sorted.toReversed()],
    [['--limit', '2'], sorted.slice(0, 2)],
    [['--limit', '2', '--offset', '3'], sorted.slice(3, 5)],
    [['--offset', '4'], sorted.slice(4)],
    [['--limit', '2', '--reverse'], sorted.toReversed().slice(0, 2)],
    [['--sort', 'address'], bySort],
    [['--limit', '9', '--offset', '9'], []],
  ])('%j', async (options, shown) => {
    using server = new TestServer({ 'GET /api/v0/hosts': listing(hosts(addresses), hosts(bySort)) });
    const { stdout } = await commctl(['host', 'list', ...options, '-o', 'json'], { endpoint: server.url });
    const found: { address: string }[] = JSON.parse(stdout);
    expect(found.map(({ address }) => address)).toEqual(shown);
  });

  test('a page without names is all that is asked for', async () => {
    using server = new TestServer({ 'GET /api/v0/hosts': listing(hosts(addresses), hosts(bySort)) });
    const { stderr } = await commctl(['host', 'list', '--limit', '2', '-o', 'table'], { endpoint: server.url });
    expect(stderr).toBe('2 of 6 hosts\n');
    expect(server.asked.filter((asked) => asked.includes('/hosts'))).toEqual([
      'GET /api/v0/hosts?sort=address&limit=2',
    ]);
  });

  test('so are the members of a cluster', async () => {
    using server = new TestServer({ 'GET /api/v0/cluster/web/hosts': listing(addresses) });
    const { stdout } = await commctl(['host', 'list', 'web'], { endpoint: server.url });
    expect(stdout).toBe(`${sorted.join('\n')}\n`);
  });
});

describe('clusters and networks are listed in natural order', () => {
  test.each([['cluster'], ['network'], ['container_manager']])('%s', async (noun) => {
    const route = `GET /api/v0/${noun.replace('_', '')}s`;
    using server = new TestServer({ [route]: listing(['web1', 'web10', 'web2']) });
    const listed = async (...options: string[]) =>
      (await commctl([noun, 'list', ...options], { endpoint: server.url })).stdout;
    expect(await listed()).toBe('web1\nweb2\nweb10\n');
    expect(await listed('--limit', '1', '--offset', '1')).toBe('web2\n');
    expect(await listed('--reverse', '--limit', '1')).toBe('web10\n');
    expect(await listed('--sort', 'name', '--limit', '2')).toBe('web1\nweb10\n');
  });
});
