import type { Socket } from 'node:net';

type Written = (error?: Error) => void;

/**
 * Makes the socket send in one write all that is written to it in one turn. ssh2 writes a packet in three parts and
 * often several packets at a time; each part would be a system call and a segment.
 *
 * @param socket on which `connect` was called: Bun assigns its `write` then
 */
export function gatherWrites(socket: Socket): void {
  const write = socket.write.bind(socket);
  let gathering = false;
  socket.write = (chunk: Uint8Array | string, encoding?: BufferEncoding | Written, written?: Written): boolean => {
    if (!gathering) {
      gathering = true;
      socket.cork();
      process.nextTick(() => {
        gathering = false;
        socket.uncork();
      });
    }
    return typeof encoding === 'function' ? write(chunk, encoding) : write(chunk, encoding, written);
  };
}
