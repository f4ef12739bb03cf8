import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { ConfigFiles, SshClient } from '../../../../src/inventory/formats/ssh-config/client.ts';

/** The files of this machine. */
const realFiles: ConfigFiles = {
  names: async (directory) => {
    try {
      return readdirSync(directory);
    } catch {
      return [];
    }
  },
  read: async (path) => readFileSync(path, 'utf8'),
};

/** What the ssh of this machine knows, so that it can be the judge. */
export function realClient(): SshClient {
  const id = (option: string) => execFileSync('id', [option], { encoding: 'utf8' }).trim();
  const uid = Number(id('-u'));
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  const [, , , , , home = ''] = users.map((each) => each.split(':')).find((fields) => Number(fields[2]) === uid) ?? [];
  return { user: id('-un'), uid, home, hostName: hostname(), environment: process.env, files: realFiles };
}

/** Somebody elsewhere, whose files are given with their paths. */
export function client(files: Readonly<Record<string, string>> = {}): SshClient {
  const paths = Object.keys(files);
  return {
    user: 'alice',
    uid: 1000,
    home: '/home/alice',
    hostName: 'jump.example.com',
    environment: { SITE: 'north' },
    files: {
      names: async (directory) => {
        const inside = directory === '/' ? '/' : `${directory}/`;
        const below = paths.filter((path) => path.startsWith(inside));
        return [...new Set(below.map((path) => path.slice(inside.length).replace(/\/.*/, '')))];
      },
      read: async (path) => files[path] ?? '',
    },
  };
}
