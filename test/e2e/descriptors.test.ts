import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { expect, test } from 'vitest';
import type { OperationDetail } from '../../src/operations/operation.ts';
import { CompiledServer, compiledExecutable } from '../support/compiled.ts';
import { withSshdFleet } from '../support/fleet.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { run } from './support.ts';

/** The server as it is with so many descriptors. */
function withDescriptors(limit: number): string[] {
  return ['/bin/sh', '-c', `ulimit -n ${limit}; exec "$@"`, 'sh'];
}

/** Connections that never say all of what they are about, and come again whenever they are closed. */
class ItemsByOwner implements Disposable {
  readonly #sockets = new Set<Socket>();
  readonly #connect: () => Socket;
  #isOver = false;
  closed = 0;

  constructor(count: number, connect: () => Socket) {
    this.#connect = connect;
    for (let n = 0; n < count; n += 1) this.#add();
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  #add(): void {
    const socket = this.#connect();
    this.#sockets.add(socket);
    socket.resume().on('error', () => socket.destroy());
    socket.on('close', () => {
      this.closed += 1;
      this.#sockets.delete(socket);
      setTimeout(() => this.#isOver || this.#add(), 200);
    });
  }
}

const beginnings = {
  'part of a head': (port: number) => {
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nX-Never: ');
    return socket;
  },
  'nothing, and TLS is spoken there': (port: number) => connect(port, '127.0.0.1'),
  'part of a head over TLS': (port: number) => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nX-Never: ');
    return socket;
  },
};

test.each([
  [64, 'part of a head'],
  [128, 'part of a head'],
  [1024, 'part of a head'],
  [64, 'nothing, and TLS is spoken there'],
  [64, 'part of a head over TLS'],
] as const)(
  'with %i descriptors and 300 connections that send %s the Unix socket, the store and SSH go on',
  async (limit, beginning) => {
    await using fleet = await withSshdFleet(1);
    const [host] = fleet.hosts;
    if (host === undefined) throw new Error('the fleet is empty');
    using directory = temporaryDirectory();
    const dataDir = join(directory.path, 'data');
    const isTls = beginning !== 'part of a head';
    if (isTls) run([compiledExecutable(), 'init', '--data-dir', dataDir]);
    const args = ['--listen-port', '0'];
    await using server = await CompiledServer.start({ dataDir, args, prefix: withDescriptors(limit) });
    const port = Number(new URL(server.url).port);
    const unix = join(dataDir, 'commissaire.sock');
    const local = async (method: string, path: string, body?: object) => {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const headers = { 'content-type': 'application/json', connection: 'close' };
      const signal = AbortSignal.timeout(20_000);
      const response = await fetch(`http://localhost/api/v0/${path}`, { method, unix, signal, headers, ...sent });
      const text = await response.text();
      expect(response.status, text).toBeLessThan(300);
      return text;
    };
    const operation = async (id: string): Promise<OperationDetail> => JSON.parse(await local('GET', `operation/${id}`));

    using crowd = new ItemsByOwner(300, () => beginnings[beginning](port));
    if (limit < 300) await until(() => crowd.closed > 300);
    else await until(() => readdirSync(`/proc/${server.pid}/fd`).length > limit / 4);
    const login = { ssh_priv_key: readFileSync(fleet.key, 'base64'), remote_user: fleet.user, port: host.port };
    await local('PUT', `host/${host.address}?import=true`, { status: 'active', ...login });
    for (let n = 0; n < 20; n += 1) await local('PUT', `cluster/c${n}`, {});
    const asked = { kind: 'exec', parameters: { command: 'echo here' }, target: `host:${host.address}` };
    const { id }: OperationDetail = JSON.parse(await local('POST', 'operations', asked));
    await until(async () => (await operation(id)).finished_at !== '');
    expect(await operation(id)).toMatchObject({ status: 'finished', counts: { succeeded: 1 } });
    expect(JSON.parse(await local('GET', 'clusters'))).toHaveLength(20);
    expect(readdirSync(`/proc/${server.pid}/fd`).length).toBeLessThan(limit);
    expect(server.log.filter(({ level }) => level === 'error')).toEqual([]);
    expect(server.log).toHaveLength(server.lines.length);
    crowd[Symbol.dispose]();
    expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  },
);
