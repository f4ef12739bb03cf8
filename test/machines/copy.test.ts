import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/temporary.ts';
import { fleet, on, Site } from './site.ts';

const mebibyte = 1024 * 1024;

async function copied(site: Site, parameters: Record<string, unknown>) {
  const target = `host:${fleet.hosts.map(({ address }) => address).join(',')}`;
  const strategy = { batch: '100%', max_failures: 9 };
  const { operation } = await site.client.operations.start({ kind: 'copy', target, parameters, strategy, wait: true });
  return site.ended(operation.id);
}

test('a directory of the jump host is put on every machine by a user with sudo', async () => {
  using source = temporaryDirectory();
  await using site = await Site.open(fleet.hosts, 'operator', ['--copy-source', source.path]);
  mkdirSync(join(source.path, 'sub'));
  for (const name of ['run', 'sub/data']) writeFileSync(join(source.path, name), `${name}\n`);
  chmodSync(join(source.path, 'run'), 0o750);
  writeFileSync(join(source.path, 'large'), randomBytes(mebibyte));
  truncateSync(join(source.path, 'large'), 64 * mebibyte);
  const path = `/opt/${randomBytes(4).toString('hex')}/tree`;
  const parameters = { source: source.path, path, owner: 'plain', parents: true };
  const first = await copied(site, parameters);
  expect(first.results.map(({ state, error }) => ({ state, error }))).toEqual(
    fleet.hosts.map(() => ({ state: 'succeeded', error: null })),
  );
  for (const machine of fleet.hosts) {
    expect(await on(machine, `cd ${path} && stat -c '%n %a %U' run sub sub/data large && wc -c <large && ls -A`)).toBe(
      `run 750 plain\nsub 755 plain\nsub/data 644 plain\nlarge 644 plain\n${64 * mebibyte}\nlarge\nrun\nsub\n`,
    );
  }
  const inodes = () =>
    Promise.all(fleet.hosts.map((machine) => on(machine, `stat -c %i:%Y ${path}/run ${path}/large`)));
  const before = await inodes();
  writeFileSync(join(source.path, 'sub/data'), 'other\n');
  const second = await copied(site, parameters);
  for (const machine of fleet.hosts) {
    expect((await site.log(second.id, machine)).replaceAll(/ sha256 \w+/g, '')).toBe(
      `unchanged ${path}/large\nunchanged ${path}/run\nwritten ${path}/sub/data\n`,
    );
    expect(await on(machine, `cat ${path}/sub/data`)).toBe('other\n');
  }
  expect(await inodes()).toEqual(before);
});

test('what has changed when the server is back is not copied, and what has not is', async () => {
  using source = temporaryDirectory();
  await using site = await Site.open(fleet.hosts, 'root', ['--copy-source', source.path]);
  writeFileSync(join(source.path, 'file'), 'first\n');
  const path = `/opt/${randomBytes(4).toString('hex')}`;
  const target = `host:${fleet.hosts.map(({ address }) => address).join(',')}`;
  const parameters = { source: join(source.path, 'file'), path };
  const strategy = { batch: 1, max_failures: 9, promote: 'manual' };
  const { operation } = await site.client.operations.start({ kind: 'copy', target, parameters, strategy, wait: true });
  await site.until(operation.id, ({ waiting_for }) => waiting_for?.what === 'promotion');
  await site.crash();
  rmSync(join(source.path, 'file'));
  writeFileSync(join(source.path, 'file'), 'other\n');
  await site.start();
  await site.client.operations.promote(operation.id);
  const { results } = await site.ended(operation.id);
  expect(results.map(({ state, error }) => [state, error?.code])).toEqual(
    fleet.hosts.map((_, index) => (index === 0 ? ['succeeded', undefined] : ['failed', 'source_changed'])),
  );
  const [done, ...others] = fleet.hosts;
  if (done === undefined) throw new Error('the fleet is empty');
  expect(await on(done, `cat ${path}`)).toBe('first\n');
  for (const machine of others) expect(await on(machine, `ls -A /opt`)).not.toContain(path.slice(5));
});
