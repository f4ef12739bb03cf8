import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installerWith } from '../../scripts/lib/release/installer.ts';
import { writeNewSigningKey } from '../../scripts/lib/release/signatures/signing-key.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const installer = readFileSync(join(import.meta.dirname, '../../install.sh'), 'utf8');

/** The settings of an installer, as a shell reads them. */
function settingsOf(script: string): string[] {
  const block = script.slice(script.indexOf('# BEGIN RELEASE SETTINGS'), script.indexOf('# END RELEASE SETTINGS'));
  const names = ['base_url', 'ecdsa_key', 'minisign_key', 'ssh_key'];
  const printed = names.map((name) => `printf '%s\\n' "$release_${name}"`).join('; ');
  return execFileSync('sh', ['-euc', `${block}\n${printed}`], { encoding: 'utf8' })
    .split('\n')
    .slice(0, -1);
}

test('a release writes its address and its keys into the installer, and nothing else', () => {
  using directory = temporaryDirectory();
  const key = writeNewSigningKey(join(directory.path, 'key.pem'));
  const made = installerWith(installer, { baseUrl: 'https://releases.example.com/$&', key });
  expect(settingsOf(made)).toEqual([
    'https://releases.example.com/$&',
    expect.stringMatching(/^MFkw/),
    expect.stringMatching(/^RW/),
    expect.stringMatching(/^ssh-ed25519 AAAA/),
  ]);
  expect(made.split('\n').length).toBe(installer.split('\n').length);
});

test('without a key the installer has none', () => {
  expect(settingsOf(installerWith(installer, { baseUrl: '', key: undefined }))).toEqual(['', '', '', '']);
});

test('an address that would end the assignment, and a script without a place for settings, are refused', () => {
  expect(() => installerWith(installer, { baseUrl: "https://x/'; reboot '", key: undefined })).toThrow('quotes');
  expect(() => installerWith('#!/bin/sh\n', { baseUrl: '', key: undefined })).toThrow('BEGIN RELEASE SETTINGS');
});
