import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CompiledServer, compiledExecutable } from '../support/compiled.ts';
import { startEtcd } from '../support/etcd.ts';
import { originalCluster, originalHost } from '../support/original-installation.ts';
import { makeSshKey } from '../support/ssh-key.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { run } from './support.ts';

test('a stopped etcd is imported into a new site before its first start, and again beside its server', async () => {
  await using etcd = await startEtcd();
  const host = originalHost('192.0.2.61', { ssh_priv_key: makeSshKey().privateFile, remote_user: 'fedora' });
  await etcd.put('/commissaire/hosts/192.0.2.61', JSON.stringify(host));
  await etcd.put('/commissaire/clusters/old', JSON.stringify(originalCluster('old', ['192.0.2.61'])));
  await etcd.stop();
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  const { PATH = '' } = process.env;
  const importing = (...args: string[]) =>
    run(
      [
        compiledExecutable(),
        'import',
        'etcd',
        '--data-dir-of-etcd',
        etcd.dataDirectory,
        '--data-dir',
        dataDir,
        ...args,
      ],
      { env: { PATH, HOME: directory.path, TMPDIR: directory.path }, timeout: 120_000 },
    );
  expect(importing().stderr).toContain('make one first with `commissaire init`');
  expect(run([compiledExecutable(), 'init', '--data-dir', dataDir]).code).toBe(0);
  expect(importing()).toEqual({
    code: 0,
    stdout:
      'KIND     COUNT  RESULT   NAMES       NOTES\nhost     1      created  192.0.2.61\ncluster  1      created  old\n',
    stderr: '',
  });
  await using _server = await CompiledServer.start({ dataDir });
  expect(importing('-o', 'json').stdout).toContain('"unchanged": 2');
  const shown = run([compiledExecutable(), 'ctl', 'host', 'get', '192.0.2.61', '-o', 'json'], {
    env: { COMMISSAIRE_DATA_DIR: dataDir, HOME: directory.path },
  });
  expect(JSON.parse(shown.stdout)).toMatchObject({ status: 'active', os: 'fedora', error: '' });
  expect(readdirSync(directory.path).filter((name) => name.startsWith('commissaire-import-'))).toEqual([]);
});
