/**
 * The simulated hosts of `scripts/bench scale`: an SSH server on each of COUNT loopback addresses, from the FIRST on,
 * that accepts every login and answers every command with some output.
 *
 *   bench-scale-hosts.ts FIRST COUNT PORT
 *
 * Prints `ready` when all of them listen, and ends with its standard input.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Server } from 'ssh2';
import { begun, ed25519Key } from '../../test/support/faulty-peer.ts';
import { scaleAddress } from './bench-scale-address.ts';

const [first = 0, count = 0, port = 0] = process.argv.slice(2).map(Number);
const output = 'a line of the kind that a package manager prints while it is at work\n'.repeat(60);

const ssh = new Server({ hostKeys: [ed25519Key().private] }, (connection) => {
  connection.on('error', () => undefined);
  connection.on('authentication', (context) => context.accept());
  connection.on('session', (accept) => {
    accept().on('exec', (acceptExec) => {
      const channel = begun(acceptExec());
      channel.write(output);
      channel.exit(0);
      channel.end();
    });
  });
});
const listeners = Array.from({ length: count }, (_, index) =>
  createServer((socket) => void ssh.injectSocket(socket.on('error', () => undefined))).listen(
    port,
    scaleAddress(first + index),
  ),
);
await Promise.all(listeners.filter((listener) => !listener.listening).map((listener) => once(listener, 'listening')));
console.log('ready');
process.stdin.resume().once('end', () => process.exit(0));
