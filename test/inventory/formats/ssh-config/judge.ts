import { spawnSync } from 'node:child_process';
import { hopsOf } from '../../../../src/inventory/formats/ssh-config/hops.ts';

/** What the import takes from a configuration for one name. */
export interface Taken {
  host: string;
  user: string | undefined;
  port: string;
  identityFiles: readonly string[];
  jumps: readonly object[];
  command: string | undefined;
}

/** What `ssh -G` says; undefined when ssh refuses the configuration or the name. */
export function judged(path: string, name: string): Taken | undefined {
  const { status, stdout } = spawnSync('ssh', ['-G', '-F', path, name], { encoding: 'utf8' });
  if (status !== 0) return undefined;
  const all = stdout.split('\n').map((line) => [line.replace(/ .*/, ''), line.replace(/^\S+ ?/, '')] as const);
  const values = (keyword: string) => all.filter(([each]) => each === keyword).map(([, value]) => value);
  const files = values('identityfile');
  return {
    host: values('hostname')[0] ?? '',
    user: values('user')[0],
    port: values('port')[0] ?? '',
    // Without any, ssh lists those that it tries by default.
    identityFiles: files.includes('~/.ssh/id_xmss') ? [] : files,
    jumps: values('proxyjump').flatMap(jumpsOf),
    command: values('proxycommand')[0],
  };
}

export function jumpsOf(value: string): object[] {
  return hopsOf(value).map((hop) => ({ port: '22', ...hop }));
}

/** The identity files that ssh would read, expanded. It starts no connection: its proxy is a command that fails. */
export function identityFilesRead(path: string, name: string): string[] {
  const options = ['-v', '-F', path, '-o', 'ProxyCommand=false', '-o', 'BatchMode=yes'];
  const { stderr } = spawnSync('ssh', [...options, name], { encoding: 'utf8', input: '' });
  const files = Array.from(stderr.matchAll(/^debug1: identity file (.*) type -?\d+\r?$/gm), ([, file = '']) => file);
  return files.filter((file) => !file.endsWith('-cert'));
}
