import { connect } from 'node:net';
import { resolve } from 'node:path';
import { defaultDataDirectory, runsAsRoot } from '../config/data-directory.ts';
import { socketIn } from '../config/unix-socket.ts';
import type { Terminal } from './terminal.ts';

/** The endpoint of a server of this user, or of root, in its usual data directory; undefined when none answers. */
export async function localServer(environment: Terminal['environment']): Promise<string | undefined> {
  const dataDir = environment.COMMISSAIRE_DATA_DIR || defaultDataDirectory({ root: runsAsRoot(), environment });
  const path = resolve(socketIn(dataDir));
  return (await canBeOpened(path)) ? `unix:${path}` : undefined;
}

function canBeOpened(path: string): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      settle(true);
    });
    socket.once('error', () => settle(false));
  });
}
