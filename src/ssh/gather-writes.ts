import type { Socket } from 'node:net';

type Written = (error?: Error) => void;

/**
 * Has the socket send what is written to it in one turn as one. ssh2 writes a packet in three parts and often several
 * packets at a time, and each would be a system call and a segment of its own.
 *
 * @param socket one that was told where to connect to: Bun gives it its `write` with that
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
