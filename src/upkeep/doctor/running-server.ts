import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { version } from '../../lib/version.ts';
import type { Check, Found } from './check.ts';

/** Whether a server runs, and whether it is the one of this file. */
export const runningServer: Check = {
  name: 'server',
  group: 'server',
  run({ server, dataDir }) {
    const previous = previousFile();
    return [server === undefined ? absent(dataDir) : judged(server), ...previous];
  },
};

function absent(dataDir: string): Found {
  return { verdict: 'ok', found: `no server runs on ${dataDir}` };
}

function judged({ pid, version: running }: { pid: number | undefined; version: string | undefined }): Found {
  const which = pid === undefined ? 'a server' : `the server with process id ${pid}`;
  if (running === undefined) {
    const remedy = 'give it a moment if it starts; else look into its log, and restart it';
    return {
      verdict: 'warning',
      found: `${which} has the data directory, and does not answer on its Unix socket`,
      remedy,
    };
  }
  if (running === version)
    return { verdict: 'ok', found: `${which} answers; its version is ${running}, as this file's` };
  const remedy = 'restart the server to run the version of this file: systemctl restart commissaire';
  return { verdict: 'warning', found: `${which} is version ${running}, and this file is ${version}`, remedy };
}

/** The file that an upgrade kept beside this one. */
function previousFile(): Found[] {
  const file = join(dirname(process.execPath), `${basename(process.execPath)}.previous`);
  if (!existsSync(file)) return [];
  return [
    { verdict: 'ok', about: file, found: 'is the file before the last upgrade; it can be removed once that is proven' },
  ];
}
