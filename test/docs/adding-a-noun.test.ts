import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/temporary.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/adding-a-noun.md'), 'utf8');

/** A block of code: a new file, or lines that stand before a line of a file. */
interface Block {
  code: string;
  path: string;
  before: string | undefined;
}

const blocks = Array.from(
  page.matchAll(/^```ts (?:new=(\S+)|in=(\S+) before="([^\n]*)")\n(.*?)^```$/gms),
  (match): Block => {
    const [, created, changed = '', before, code = ''] = match;
    return { code, path: created ?? changed, before: created === undefined ? before : undefined };
  },
);

function apply({ code, path, before }: Block, copy: string): void {
  const file = join(copy, path);
  if (before === undefined) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, code, { flag: 'wx' });
    return;
  }
  const lines = readFileSync(file, 'utf8').split('\n');
  const at = lines.findIndex((line) => line.startsWith(before));
  if (at < 0) throw new Error(`no line of ${path} begins with ${before}`);
  lines.splice(at, 0, code.trimEnd());
  writeFileSync(file, lines.join('\n'));
}

test('the noun that the page adds builds, and works', () => {
  expect(blocks.length).toBe(page.split('\n').filter((line) => line.startsWith('```ts ')).length);
  using directory = temporaryDirectory();
  const copy = directory.path;
  const sources = ['src', 'test', 'scripts', 'docs', 'README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'build.ts'];
  for (const name of [...sources, 'package.json', 'tsconfig.json', 'vitest.config.ts']) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const block of blocks) apply(block, copy);
  const env = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` };
  const run = (...command: [string, ...string[]]) => {
    const [program, ...args] = command;
    const { status, stdout, stderr } = spawnSync(program, args, { cwd: copy, env, encoding: 'utf8' });
    return { status, output: `${stdout}${stderr}` };
  };
  // The tables of tests that are compared with all permissions do not know the new ones yet: only the source is checked.
  const config = { extends: './tsconfig.json', include: ['src', 'test/api/contacts.test.ts'] };
  writeFileSync(join(copy, 'tsconfig.noun.json'), JSON.stringify(config));
  const types = run('tsc', '--noEmit', '-p', 'tsconfig.noun.json');
  expect([types.output, types.status]).toEqual(['', 0]);
  const vitest = [join(root, 'node_modules/.bin/vitest'), 'run', '--project', 'unit', 'test/api/contacts.test.ts'];
  const tested = run(process.execPath, '--bun', ...vitest);
  expect(tested.output).toContain('2 passed');
  expect(tested.status).toBe(0);
  const help = run(process.execPath, 'src/main.ts', 'ctl', 'contact', '--help');
  expect(help.output).toContain('People to call about the site');
});
