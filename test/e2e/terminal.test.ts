import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allNasty, drawing, expectNoControls } from '../cli/support/nasty.ts';
import type { CompiledServer } from '../support/compiled.ts';
import { type Fleet, withSshdFleet } from '../support/fleet.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { furnish, startServer } from './commctl/site.ts';
import { installed, run } from './support.ts';

const installation = installed();
const home = temporaryDirectory();
afterAll(() => {
  installation[Symbol.dispose]();
  home[Symbol.dispose]();
});

const environment = {
  PATH: `${installation.directory}:/usr/bin:/bin`,
  HOME: home.path,
  SHELL: '/bin/sh',
  NO_COLOR: '1',
};

/** A line for the shell, on a pseudo terminal: all that it was sent, with its line ends as they were written. */
function onTerminal(line: string, more: Record<string, string> = {}): { code: number | null; screen: string } {
  const { code, stdout } = run(['script', '-qec', `stty cols 80 rows 24; ${line}`, '/dev/null'], {
    env: { ...environment, ...more },
  });
  return { code, screen: stdout.replaceAll('\r\n', '\n') };
}

/** A quoted word of the shell, which has no NUL. */
const quoted = (text: string) => `'${text.replaceAll('\u0000', '').replaceAll("'", "'\\''")}'`;

describe('what a machine printed', () => {
  const clipboard = '\u001b]52;c;cm0gLXJmIC8K\u0007';
  const printed = `begin\t${clipboard}\u001b[2J\u001b[31mred\u001b[0m \u009b2J a\u202ecba\u202c\u200b end\n`;
  const octal = Array.from(Buffer.from(printed), (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  const shown = 'begin\tred  a\\u202ecba\\u202c\\u200b end\n';
  let fleet: Fleet & AsyncDisposable;
  let server: CompiledServer;
  let log = '';
  beforeAll(async () => {
    fleet = await withSshdFleet(1);
    server = await startServer('machines', join(home.path, 'data'), fleet);
    furnish(home.path, server, fleet);
    const address = fleet.hosts[0]?.address ?? '';
    run(['commctl', 'exec', `host:${address}`, '--', `printf '${octal}'`], { env: environment });
    const { stdout } = run(['commctl', 'operation', 'list', '--kind', 'exec', '-o', 'json'], { env: environment });
    log = `commctl operation log --host ${address} ${JSON.parse(stdout)[0].id}`;
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await fleet[Symbol.asyncDispose]();
  });

  test.each(['', ' --follow'])('commands no terminal: operation log%s', (follow) => {
    expect(onTerminal(log + follow)).toEqual({ code: 0, screen: shown });
  });

  test.each(['', '--no-fold '])('nor does that of exec %s', (fold) => {
    const address = fleet.hosts[0]?.address ?? '';
    const { code, screen } = onTerminal(`commctl exec host:${address} ${fold}-- ${quoted(`printf '${octal}'`)}`);
    expect(code).toBe(0);
    expect(screen).toContain(shown);
    expectNoControls(screen.replaceAll('\t', ''), drawing);
  });

  test('is as it is with --raw, and for a pipe', () => {
    expect(onTerminal(`${log} --raw`)).toEqual({ code: 0, screen: printed });
    expect(run(['sh', '-c', `${log} | cat`], { env: environment })).toEqual({ code: 0, stdout: printed, stderr: '' });
  });
});

describe('the administration of a server', () => {
  const configuration = join(home.path, 'wrong.conf');
  const trail = join(home.path, 'trail.jsonl');
  beforeAll(() => {
    writeFileSync(configuration, JSON.stringify({ [`listen${allNasty}`]: allNasty, 'log-level': allNasty }));
    writeFileSync(trail, `{"sequence":1,"hash":${JSON.stringify(allNasty)},"previous":"x"}\n${allNasty}\n`);
  });

  test.each([
    ['config check', `commissaire config check ${configuration}`],
    ['config show', `commissaire config show --origin --data-dir ${quoted(`/x${allNasty.replaceAll(/[\n\r]/g, '')}`)}`],
    [
      'config show -o yaml',
      `commissaire config show -o yaml --data-dir ${quoted(`/x${allNasty.replaceAll(/[\n\r]/g, '')}`)}`,
    ],
    [
      'config show -o json',
      `commissaire config show -o json --data-dir ${quoted(`/x${allNasty.replaceAll(/[\n\r]/g, '')}`)}`,
    ],
    ['audit verify', `commissaire audit verify ${trail}`],
    ['a command there is not', `commissaire ${quoted(allNasty)}`],
    ['serve', `commissaire serve --config-file ${configuration}`],
  ])('%s', (_name, line) => {
    const { screen } = onTerminal(line);
    expect(screen).not.toBe('');
    expectNoControls(screen);
  });

  test('its log is text without controls on a terminal, and JSON as it is elsewhere', () => {
    const path = '/api/v0/a\u202eb\u009b2J\u2028';
    // Nothing can listen there, so that it ends by itself.
    const place = `--data-dir ${join(home.path, 'other')} --listen-interface 192.0.2.1 --insecure`;
    const serve = `commissaire serve ${place} --self-auth ${quoted(path)} 2>&1 | grep self-auths`;
    const shown = onTerminal(`commissaire serve ${place} --self-auth ${quoted(path)}`).screen;
    expectNoControls(shown);
    const [line = ''] = shown.split('\n').filter((each) => each.includes('self-auths'));
    expect(line).toMatch(/^\S+Z WARN {2}self-auths: /);
    expect(JSON.parse(run(['sh', '-c', serve], { env: environment }).stdout).msg).toContain(path);
  });
});
