import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadServerConfiguration } from '../../src/config/load.ts';
import { ReloadSignal } from '../../src/server/reload-signal.ts';
import { run, type Start } from '../../src/server/run.ts';
import { StopSignal } from '../../src/server/stop-signal.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { RecentLines } from '../../src/telemetry/log/recent-lines.ts';
import { recordingLogger } from '../auth/support.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/** In place of LMDB: its store, which says in the end that it could not be closed. */
const unclosable: typeof openLmdbStore = (options) => {
  const store = openLmdbStore(options);
  const { close } = store;
  store.close = async () => {
    await close.call(store);
    throw new Error('not closed');
  };
  return store;
};

function starting(directory: string, members: object, tuning: NonNullable<Start['tuning']> = {}) {
  const file = join(directory, 'commissaire.conf');
  const base = { 'data-dir': join(directory, 'data'), 'listen-port': 0, 'authentication-plugins': [] };
  writeFileSync(file, JSON.stringify({ ...base, ...members }), { mode: 0o600 });
  const load = () => loadServerConfiguration({ flags: { 'config-file': file }, environment: {} });
  const recording = recordingLogger();
  const logger = { ...recording, setLevels: () => {}, recent: new RecentLines(), lineCounts: new Map() };
  const stopSignal = new StopSignal();
  const reloadSignal = new ReloadSignal();
  const ended = run({ configuration: load(), load, logger, reloadSignal, stopSignal, tuning });
  return { ended: ended.finally(() => reloadSignal[Symbol.dispose]()), lines: recording.lines };
}

/** As the system would send it. */
const send = (signal: 'SIGTERM' | 'SIGINT') => process.emit(signal, signal);

test.each(['SIGTERM', 'SIGINT'] as const)(
  'serves until %s, and leaves the signals to the system then',
  async (signal) => {
    using directory = temporaryDirectory();
    const listeners = () => process.listenerCount('SIGTERM') + process.listenerCount('SIGINT');
    const before = listeners();
    const { ended, lines } = starting(directory.path, {});
    await until(() => lines.some((line) => line.startsWith('info listening')));
    expect(listeners()).toBe(before + 2);
    send(signal);
    expect(listeners()).toBe(before);
    await ended;
    expect(lines.at(-1)).toBe(`info stopping {"signal":"${signal}"}`);
  },
);

test('what a start failed of is told, whatever else goes wrong as it is cleaned up after', async () => {
  using directory = temporaryDirectory();
  const hook = { name: 'signed', filter: '*.*.*', url: 'http://127.0.0.1:1/', secret_file: '/nowhere' };
  const { ended, lines } = starting(directory.path, { hooks: [hook] }, { openStore: unclosable });
  await expect(ended).rejects.toThrow('the secret file /nowhere of a hook cannot be read');
  expect(lines.filter((line) => line.startsWith('error'))).toEqual([
    expect.stringContaining('the server could not let go of something'),
  ]);
});

test('a stop in which something goes wrong is no good end', async () => {
  using directory = temporaryDirectory();
  const { ended, lines } = starting(directory.path, {}, { openStore: unclosable });
  await until(() => lines.some((line) => line.startsWith('info listening')));
  send('SIGTERM');
  await expect(ended).rejects.toThrow('not closed');
});

test('who asked before there was anything to end gets his end at once', async () => {
  using directory = temporaryDirectory();
  const { ended, lines } = starting(directory.path, {});
  send('SIGTERM');
  await ended;
  expect(lines.filter((line) => line.startsWith('info'))).toEqual(['info stopping {"signal":"SIGTERM"}']);
});
