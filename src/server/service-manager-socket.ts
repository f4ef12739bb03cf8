import { dlopen, ptr } from 'bun:ffi';
import { AppError, describeError } from '../lib/errors.ts';

/** Sends messages to the socket of the service manager, one datagram each. */
export interface ManagerSocket {
  /** @throws AppError `internal_error` when the system does not take it */
  send(message: string): void;
  /** CLOCK_MONOTONIC in microseconds, which the service manager compares with its own. */
  monotonicMicroseconds(): bigint;
}

/**
 * The socket that `$NOTIFY_SOCKET` names: a path, or `@` and an abstract name. Neither Bun nor Node has Unix datagram
 * sockets, so these are calls of the C library.
 *
 * @throws AppError `internal_error` when there is no C library that can be called, or the name is none of a socket
 */
export function openManagerSocket(name: string): ManagerSocket {
  const address = socketAddress(name);
  const { socket, sendto, clock_gettime } = loadLibc().symbols;
  const descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) throw new AppError('internal_error', 'the system makes no Unix datagram socket');
  const time = new BigInt64Array(2);
  return {
    send(message) {
      const bytes = Buffer.from(message);
      const sent = sendto(descriptor, ptr(bytes), bytes.length, MSG_NOSIGNAL, ptr(address), address.length);
      if (Number(sent) !== bytes.length)
        throw new AppError('internal_error', `nothing takes messages at the socket ${name} of the service manager`);
    },
    monotonicMicroseconds() {
      clock_gettime(CLOCK_MONOTONIC, ptr(time));
      const [seconds = 0n, nanoseconds = 0n] = time;
      return seconds * 1_000_000n + nanoseconds / 1_000n;
    },
  };
}

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_NOSIGNAL = 0x4000;
const CLOCK_MONOTONIC = 1;

/** The C libraries of Linux: glibc, and musl by processor. */
const libraries = ['libc.so.6', 'libc.musl-x86_64.so.1', 'libc.musl-aarch64.so.1'];

function loadLibc() {
  const reasons: string[] = [];
  for (const name of libraries) {
    try {
      return dlopen(name, {
        socket: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
        sendto: { args: ['i32', 'ptr', 'u64', 'i32', 'ptr', 'u32'], returns: 'i64' },
        clock_gettime: { args: ['i32', 'ptr'], returns: 'i32' },
      });
    } catch (error) {
      reasons.push(describeError(error));
    }
  }
  throw new AppError('internal_error', `the C library cannot be called: ${reasons.join('; ')}`);
}

/** The `sockaddr_un` of unix(7). An abstract name begins with a NUL byte and has none at its end. */
function socketAddress(name: string): Buffer {
  const path = Buffer.from(name.startsWith('@') ? `\0${name.slice(1)}` : `${name}\0`);
  if (!/^[@/]/.test(name) || path.length > 108)
    throw new AppError('internal_error', `"${name}" in NOTIFY_SOCKET is not the name of a socket`);
  const family = Buffer.alloc(2);
  // In the byte order of the machine; all that Bun runs on are little-endian.
  family.writeUInt16LE(AF_UNIX);
  return Buffer.concat([family, path]);
}
