import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { defaultDataDirectory, runsAsRoot } from '../config/data-directory.ts';
import { configurationFileName } from '../config/discovery.ts';
import { socketIn } from '../config/unix-socket.ts';
import type { Terminal } from './terminal.ts';

/** The usual data directory of this user, or of root, and the server in it. */
export interface LocalServer {
  dataDirectory: string;
  /** Undefined when none answers. */
  endpoint: string | undefined;
  /** Whether `commissaire init` made a site there. */
  isSite: boolean;
}

export async function localServer(environment: Terminal['environment']): Promise<LocalServer> {
  const dataDirectory = environment.COMMISSAIRE_DATA_DIR || defaultDataDirectory({ root: runsAsRoot(), environment });
  const path = resolve(socketIn(dataDirectory));
  return {
    dataDirectory,
    endpoint: (await canBeOpened(path)) ? `unix:${path}` : undefined,
    isSite: existsSync(join(dataDirectory, configurationFileName)),
  };
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
