import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { entriesOf, titleOf } from '../../scripts/lib/man/commands.ts';
import { manPages } from '../../scripts/lib/man/pages.ts';
import { commctlProgram } from '../../src/cli/commctl.ts';
import { commissaireProgram } from '../../src/cli/commissaire.ts';
import { topics } from '../../src/cli/help/topics.ts';
import { serverOptions } from '../../src/config/options.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const pages = manPages({ version: '1.2.3', date: new Date(86_400_000) });

/** A directory with every page, and their paths. */
function written() {
  const directory = temporaryDirectory();
  for (const [name, text] of pages) writeFileSync(join(directory.path, name), text);
  return { directory, files: [...pages.keys()].map((name) => join(directory.path, name)) };
}

test('there is a page for each command, each topic, both programs and the configuration', () => {
  const names = [
    ...entriesOf(commctlProgram('commctl')).map(({ words }) => `${titleOf({ name: 'commctl' }, words)}.1`),
    ...entriesOf(commissaireProgram).map(({ words }) => `${titleOf({ name: 'commissaire' }, words)}.8`),
    ...topics.map(({ name }) => `commissaire-${name}.7`),
    ...['commctl.1', 'commissaire.8', 'commissaire.conf.5'],
  ];
  expect([...pages.keys()].sort()).toEqual(names.sort());
});

test('mandoc finds nothing to warn of', () => {
  const { directory, files } = written();
  using _directory = directory;
  const { stdout, status } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', ...files], { encoding: 'utf8' });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});

test('groff finds nothing to warn of', () => {
  const { directory, files } = written();
  using _directory = directory;
  const { stderr } = spawnSync('groff', ['-man', '-ww', '-z', '-Tutf8', ...files], { encoding: 'utf8' });
  expect(stderr).toBe('');
});

test('every page that another refers to is there', () => {
  for (const [name, text] of pages) {
    const [, references = ''] = text.split('.SH "SEE ALSO"\n');
    for (const [, title = '', section] of references.matchAll(/\\fB([^\\]+(?:\\-[^\\]+)*)\\fR\((\d)\)/g)) {
      expect([...pages.keys()], name).toContain(`${title.replaceAll('\\-', '-')}.${section}`);
    }
  }
});

test('man shows options, values and examples of a command as they are typed', () => {
  const { directory } = written();
  using _directory = directory;
  const text = shown(join(directory.path, 'commctl-exec.1'));
  expect(text).toContain('commctl-exec - Run a command');
  expect(text).toMatch(/--concurrency N\n/);
  expect(text).toContain('commctl exec cluster:web -- uptime');
  expect(text).not.toContain('\\');
});

test('commissaire.conf(5) has every option with its default, flag and variable', () => {
  const { directory } = written();
  using _directory = directory;
  const text = shown(join(directory.path, 'commissaire.conf.5')).replace(/\s+/g, ' ');
  for (const { name, flag, env } of serverOptions) {
    expect(text).toContain(` ${name} `);
    if (flag !== undefined) expect(text).toContain(`--${flag}`);
    if (env !== undefined) expect(text).toContain(`Variable: ${env}.`);
  }
  expect(text).toContain('listen-port PORT Port to listen on; 0 for any free port. From 0 to 65535. Default: 8000.');
});

test('a table of a document is shown whole', () => {
  const { directory } = written();
  using _directory = directory;
  const text = shown(join(directory.path, 'commissaire-strategies.7')).replace(/\s+/g, ' ');
  expect(text).toContain('batch option: --batch default: 1 hosts of one batch');
});

/** As a person sees it, without bold and underlined letters. */
function shown(path: string): string {
  const env = { ...process.env, MANWIDTH: '100', MANROFFOPT: '-c', LC_ALL: 'C.UTF-8', MAN_KEEP_FORMATTING: '' };
  const text = execFileSync('man', ['-l', '-P', 'cat', path], { encoding: 'utf8', env });
  return text.replaceAll(new RegExp(`.${String.fromCharCode(8)}`, 'g'), '');
}
