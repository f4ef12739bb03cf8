import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyPaths, loginTokens } from '../../../../src/inventory/formats/ssh-config/key-paths.ts';
import { readConfig } from '../../../../src/inventory/formats/ssh-config/read-config.ts';
import { settingsOf } from '../../../../src/inventory/formats/ssh-config/settings.ts';
import { Ways } from '../../../../src/inventory/formats/ssh-config/way.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';
import { realClient } from './client.ts';
import { type Generated, generated, names } from './generate.ts';
import { identityFilesRead, judged, jumpsOf, type Taken } from './judge.ts';

const client = realClient();

/** What we read for a name; undefined when something is a fault. */
async function read(text: string, name: string): Promise<Taken | undefined> {
  const { lines, faults } = await readConfig(text, client);
  const settings = settingsOf(lines, name, client);
  if (faults.length > 0 || settings.faults.length > 0) return undefined;
  const jump = settings.options.get('proxyjump')?.value;
  const command = settings.options.get('proxycommand')?.value;
  return {
    host: settings.host,
    user: loginTokens(settings, client).r,
    port: settings.options.get('port')?.value ?? '22',
    identityFiles: settings.identityFiles,
    jumps: jump === undefined ? [] : jumpsOf(jump),
    command: command?.toLowerCase() === 'none' ? undefined : command,
  };
}

async function leadsBack(text: string, name: string): Promise<boolean> {
  const { lines } = await readConfig(text, client);
  try {
    new Ways(lines, client).to(settingsOf(lines, name, client));
    return false;
  } catch (error) {
    return /lead back/.test(String(error));
  }
}

function write(directory: string, { main, included }: Generated): string {
  mkdirSync(join(directory, 'inc'), { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(included)) {
    writeFileSync(join(directory, 'inc', name), text.replaceAll('DIR', directory), { mode: 0o600 });
  }
  const path = join(directory, 'config');
  writeFileSync(path, main.replaceAll('DIR', directory), { mode: 0o600 });
  return path;
}

test('generated configurations are read as ssh reads them', { timeout: 240_000 }, async () => {
  let [accepted, refused] = [0, 0];
  await fc.assert(
    fc.asyncProperty(generated, async (config) => {
      using directory = temporaryDirectory();
      const path = write(directory.path, config);
      const text = config.main.replaceAll('DIR', directory.path);
      for (const name of names) {
        const right = judged(path, name);
        const ours = await read(text, name);
        if (right !== undefined) {
          expect({ name, ...ours }).toEqual({ name, ...right });
          accepted += 1;
        } else if (ours !== undefined) {
          expect({ name, leadsBack: await leadsBack(text, name) }).toEqual({ name, leadsBack: true });
          refused += 1;
        } else refused += 1;
      }
    }),
    { numRuns: 250 },
  );
  expect(accepted).toBeGreaterThan(refused);
  expect(refused).toBeGreaterThan(0);
});

test('tokens, variables and ~ of identity files are expanded as ssh expands them', async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'config');
  const tokens = ['%C', '%L', '%d', '%h', '%i', '%k', '%l', '%n', '%p', '%r', '%u', '%%', `\${HOME}`, '~'];
  const lines = [...tokens.map((token) => `IdentityFile /k/x-${token}-y`), 'IdentityFile ~/.ssh/%n', 'IdentityFile %h'];
  const text = `Host foo\nHostName Bar\nUser u\nPort 2222\n${lines.join('\n')}\nMatch originalhost baz\nHostKeyAlias al\n${lines[5]}`;
  writeFileSync(path, text, { mode: 0o600 });
  const config = await readConfig(text, client);
  for (const name of ['foo', 'baz']) {
    const right = identityFilesRead(path, name);
    expect(right.length).toBeGreaterThan(0);
    expect(keyPaths(settingsOf(config.lines, name, client), client)).toEqual(right);
  }
});
