import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commctlProgram } from '../../src/cli/commctl.ts';
import type { Command, Group } from '../../src/cli/declaration.ts';
import { aliasesOf } from '../../src/cli/find-command.ts';
import { formats } from '../../src/cli/formats.ts';
import { type Fleet, withSshdFleet } from '../support/fleet.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { linesTyped, replay } from './commctl/session.ts';
import { furnish, sites, standInsFor, startServer } from './commctl/site.ts';
import { installed } from './support.ts';

const folder = join(import.meta.dirname, 'commctl');
const sessions = sites.flatMap((site) =>
  readdirSync(join(folder, site)).map((file) => ({ site, file, path: join(folder, site, file) })),
);

describe('what an operator types and sees, all of it; `vitest -u` writes down what is seen now', () => {
  const installation = installed();
  let fleet: Fleet & AsyncDisposable;
  beforeAll(async () => {
    fleet = await withSshdFleet(2);
  });
  afterAll(async () => {
    installation[Symbol.dispose]();
    await fleet[Symbol.asyncDispose]();
  });

  test.each(sessions)('$site/$file', { timeout: 240_000 }, async ({ site, path }) => {
    using home = temporaryDirectory();
    await using server = await startServer(site, join(home.path, 'data'), fleet);
    furnish(home.path, server, fleet);
    const environment = { PATH: `${installation.directory}:/usr/bin:/bin`, HOME: home.path };
    const standIns = standInsFor(home.path, server, fleet);
    const went = await replay(readFileSync(path, 'utf8'), { environment, directory: home.path, standIns });
    await expect(went).toMatchFileSnapshot(path);
  });
});

/** These print one thing, whatever form is asked for. */
const formless = [
  'host ssh',
  'operation log',
  'logout',
  'user-data',
  'completion bash',
  'completion zsh',
  'completion fish',
];

/** What they print differs from run to run; test/e2e/telemetry has them. */
const elsewhere = ['server info', 'server logs'];

const lines = sessions.flatMap(({ site, path }) =>
  linesTyped(readFileSync(path, 'utf8')).map((line) => ({ site, line })),
);

test.each(
  commctlProgram('commctl')
    .commands.flatMap((entry) => pathsOf(entry))
    .filter(([path]) => !elsewhere.includes(path)),
)('commctl %s is seen in every form', (path, pattern) => {
  const typed = lines.flatMap(({ line }) => [...line.matchAll(usesOf(pattern))]);
  expect(typed).not.toEqual([]);
  if (formless.includes(path)) return;
  const forms = typed.map(({ groups = {} }) => groups.before ?? /(?:-o|--output) (\w+)/.exec(groups.rest ?? '')?.[1]);
  expect(forms).toEqual(expect.arrayContaining([...formats]));
});

// The hosts with a real sshd are the very machine that the test runs on.
test('nothing is restarted, upgraded or deployed where there is a machine to do it', () => {
  const dangerous = /(restart|upgrade|deploy) start|operation start (restart|reboot|upgrade|deploy)|reboot/;
  expect(lines.filter(({ site, line }) => site === 'machines' && dangerous.test(line))).toEqual([]);
  expect(lines.filter(({ site, line }) => site !== 'machines' && line.includes('127.77.'))).toEqual([]);
});

/** The words of each command, and a pattern that also matches their other names. */
function pathsOf<C>(entry: Command<C> | Group<C>): [path: string, pattern: string][] {
  const any = `(?:${[entry.name, ...aliasesOf(entry)].join('|')})`;
  if (entry.kind === 'command') return [[entry.name, any]];
  return entry.commands
    .flatMap((each) => pathsOf(each))
    .map(([path, pattern]) => [`${entry.name} ${path}`, `${any} ${pattern}`]);
}

/** The command in a line for the shell, with the form before it or what stands behind it. */
function usesOf(pattern: string): RegExp {
  return new RegExp(`\\bcommctl (?:-o (?<before>\\w+) )?${pattern}(?![\\w-])(?<rest>[^|;]*)`, 'g');
}
