import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { CompiledServer, compiledExecutable } from '../support/compiled.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { run } from './support.ts';

const commissaire = (...args: string[]) => run([compiledExecutable(), ...args]);

interface Examined {
  verdict: string;
  findings: { check: string; verdict: string; found: string; remedy?: string }[];
}

test('doctor runs beside a server and without one, and its exit code is its verdict', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  const examined = (): Examined & { code: number | null } => {
    const { code, stdout } = commissaire('doctor', '--data-dir', dataDir, '-o', 'json');
    return { code, ...JSON.parse(stdout) };
  };
  const codes: Record<string, number> = { ok: 0, warning: 1, failure: 2 };
  await using server = await CompiledServer.start({ dataDir });
  const beside = examined();
  expect(beside.code).toBe(codes[beside.verdict] ?? -1);
  const found = (check: string) => beside.findings.filter((each) => each.check === check).map((each) => each.found);
  expect(found('server')).toContainEqual(expect.stringContaining(`the server with process id ${server.pid} answers`));
  expect(found('store')).toEqual([expect.stringMatching(/is whole, and it opens$/)]);
  expect(found('retention')).toHaveLength(4);
  await server.kill('SIGKILL');

  chmodSync(join(dataDir, 'master.key'), 0o644);
  const { code, stdout } = commissaire('doctor', '--data-dir', dataDir);
  expect(code).toBe(2);
  const path = join(dataDir, 'master.key');
  expect(stdout).toContain(`failure  permissions, master key ${path}: others may use it (mode 644)\n`);
  expect(stdout).toContain(`run: chmod 600 ${path}\n`);
  expect(stdout).toContain(`no server runs on ${dataDir}`);
  expect(statSync(path).mode & 0o777).toBe(0o644);

  const unreadable = commissaire('doctor', '-c', join(directory.path, 'nothing'));
  expect(unreadable).toMatchObject({ code: 2, stderr: '' });
  expect(unreadable.stdout).toMatch(/^configuration:\n {2}failure {2}configuration: .*nothing/);
});

test('debug bundle says what is in it, and tar reads it', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  await using _server = await CompiledServer.start({ dataDir });
  const log = join(directory.path, 'log');
  writeFileSync(log, '{"level":"info","msg":"a line of the log"}\n{"msg":"Bearer abcdefghijkl"}\n');
  const file = join(directory.path, 'bundle.tar.gz');
  const made = commissaire('debug', 'bundle', '--data-dir', dataDir, '--log-file', log, '--to', file);
  expect(made).toMatchObject({ code: 0, stdout: `${file}\n` });
  expect(made.stderr).toMatch(/^The bundle has, without secrets:\n[\s\S]*It does not have:\n {2}keys, passwords/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const unpacked = run(['tar', '-xzf', file, '-C', directory.path, '--strip-components=1'], { env: process.env });
  expect(unpacked).toMatchObject({ code: 0, stderr: '' });
  const text = (name: string) => readFileSync(join(directory.path, name), 'utf8');
  expect(JSON.parse(text('platform.json'))).toMatchObject({ server: { version: expect.any(String) } });
  expect(JSON.parse(text('store.json'))).toMatchObject({ records: { hosts: 0 } });
  expect(JSON.parse(text('doctor.json'))).toHaveProperty('findings');
  expect(JSON.parse(text('operations.json'))).toEqual([]);
  expect(text('process.txt')).toContain('Max open files');
  expect(text('log.txt')).toBe('{"level":"info","msg":"a line of the log"}\n{"msg":"Bearer [redacted]"}\n');
  const piped = Bun.spawnSync([compiledExecutable(), 'debug', 'bundle', '--data-dir', dataDir, '--to', '-'], {
    env: {},
  });
  expect(piped.exitCode).toBe(0);
  expect(gunzipSync(piped.stdout).includes('ustar')).toBe(true);
});
