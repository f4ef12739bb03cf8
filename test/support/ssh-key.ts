import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './temporary.ts';

/** A key pair as `ssh-keygen` makes it: the two files, in base64 as the API takes a private key. */
export interface SshKey {
  privateFile: string;
  publicFile: string;
}

/** Makes a key with the real tool: what it writes is what operators have. */
export function makeSshKey({ type = 'ed25519', passphrase = '' } = {}): SshKey {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'key');
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', 'test', '-f', path]);
  const base64 = (file: string) => readFileSync(file).toString('base64');
  return { privateFile: base64(path), publicFile: base64(`${path}.pub`) };
}
