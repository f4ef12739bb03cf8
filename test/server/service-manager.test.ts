import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ServiceManager, takeManager } from '../../src/server/service-manager.ts';
import { recordingLogger } from '../auth/support.ts';
import { NotifySocket } from '../support/notify-socket.ts';
import { temporaryDirectory } from '../support/temporary.ts';

test('the variables of the service manager are taken from the environment, so that no child has them', () => {
  const environment = { NOTIFY_SOCKET: '/run/n', WATCHDOG_USEC: '60000000', WATCHDOG_PID: '7', PATH: '/bin' };
  expect(takeManager(environment, 7)).toEqual({ socket: '/run/n', watchdogMs: 60_000 });
  expect(environment).toEqual({ PATH: '/bin' });
});

test.each([
  ['no service manager', {}, { socket: undefined, watchdogMs: undefined }],
  ['the watchdog of another process', { WATCHDOG_USEC: '1000000', WATCHDOG_PID: '8' }, { watchdogMs: undefined }],
  ['a watchdog for any process', { WATCHDOG_USEC: '1000000' }, { watchdogMs: 1000 }],
  ['an unreadable watchdog', { WATCHDOG_USEC: 'soon' }, { watchdogMs: undefined }],
  ['an empty socket', { NOTIFY_SOCKET: '' }, { socket: undefined }],
])('%s', (_, environment: Record<string, string>, expected) => {
  expect(takeManager({ ...environment }, 7)).toMatchObject(expected);
});

test.each(['a path', 'an abstract name'])('it hears of the server at %s', async (form) => {
  using directory = temporaryDirectory();
  const name = form === 'a path' ? join(directory.path, 'notify') : `@commissaire-${randomUUID()}`;
  using socket = await NotifySocket.open(name);
  using manager = new ServiceManager({ socket: name, watchdogMs: 20 }, recordingLogger());
  manager.extendWhile('upgrading')[Symbol.dispose]();
  manager.ready('serving');
  await socket.told('WATCHDOG', '1');
  await manager.reloading(async () => {}, 'serving again');
  manager.stopping('going', 5_000);
  const last = await socket.told('STOPPING', '1');
  const upTo = socket.messages.slice(0, last + 1).map((message) => Object.fromEntries(message));
  expect(upTo.filter((message) => message.WATCHDOG === undefined)).toEqual([
    { STATUS: 'upgrading', EXTEND_TIMEOUT_USEC: '60000000' },
    { READY: '1', STATUS: 'serving' },
    { RELOADING: '1', MONOTONIC_USEC: expect.stringMatching(/^\d+$/), STATUS: expect.any(String) },
    { READY: '1', STATUS: 'serving again' },
    { STOPPING: '1', STATUS: 'going', EXTEND_TIMEOUT_USEC: '5000000' },
  ]);
});

test('a reload before the server is ready does not say that it is ready', async () => {
  using directory = temporaryDirectory();
  using socket = await NotifySocket.open(join(directory.path, 'notify'));
  using manager = new ServiceManager({ socket: socket.name, watchdogMs: undefined }, recordingLogger());
  await manager.reloading(async () => {}, 'too early');
  manager.ready('serving');
  await socket.told('READY', '1');
  expect(socket.messages.map((message) => message.get('STATUS'))).toEqual(['serving']);
});

test.each(['/nowhere/notify', 'notify', `/${'x'.repeat(200)}`])(
  'a socket %s that nobody hears is one warning',
  async (name) => {
    const logger = recordingLogger();
    using manager = new ServiceManager({ socket: name, watchdogMs: 1 }, logger);
    manager.ready('serving');
    manager.stopping('going', 0);
    expect(logger.lines).toEqual([expect.stringContaining('the service manager cannot be told')]);
  },
);
