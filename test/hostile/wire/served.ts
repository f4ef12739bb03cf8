import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { makeAuthority } from '../../support/certificates.ts';
import { CompiledServer } from '../../support/compiled.ts';
import type { ClientTls } from '../../support/raw-http.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { configureSite } from '../site.ts';
import type { Listening } from './listenings.ts';

export interface Served {
  readonly directory: string;
  /** There once the tests of the block run. */
  readonly server: CompiledServer;
  readonly tls: ClientTls | undefined;
}

/** A server for the tests of the block this is called in. */
export function served(listening: Listening): Served {
  const directory = temporaryDirectory();
  let server: CompiledServer | undefined;
  let tls: ClientTls | undefined;
  beforeAll(async () => {
    const dataDir = join(directory.path, 'data');
    const prepared = await listening.prepare(directory.path, await makeAuthority('site'));
    configureSite(dataDir, prepared.configuration);
    ({ tls } = prepared);
    server = await CompiledServer.start({ dataDir });
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    directory[Symbol.dispose]();
  });
  return {
    directory: directory.path,
    get server() {
      if (server === undefined) throw new Error('the server has not been started');
      return server;
    },
    get tls() {
      return tls;
    },
  };
}
