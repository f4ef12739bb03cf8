import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { makeAuthority } from '../../support/certificates.ts';
import { errorsOf, strayLinesOf } from '../server-state.ts';
import { exchange } from './exchange.ts';
import { listenings } from './listenings.ts';
import { typedIntoTls } from './s-client.ts';
import { served } from './served.ts';
import { tlsCases } from './tls-cases.ts';

const secure = listenings.filter(({ name }) => name.startsWith('TLS'));

describe.each(secure)('over $name', (listening) => {
  const site = served(listening);

  const isAlive = () =>
    exchange({
      url: site.server.url,
      tls: site.tls,
      parts: ['GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n'],
      answers: 1,
    });

  test.each(tlsCases)('$name is refused', async ({ bytes, isHalfClosed = false }) => {
    const received = await afterSending(site.server.url, bytes, isHalfClosed);
    // An alert, or nothing: no handshake that goes on, and no word of HTTP.
    expect(received.length === 0 || received[0] === 21).toBe(true);
    expect(await isAlive()).toMatchObject({ statuses: [200] });
  });

  test('a renegotiation is refused', async () => {
    const request = 'GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    expect(await typedIntoTls(site.server.url, site.directory, site.tls, [request])).toContain('200 OK');
    expect(await typedIntoTls(site.server.url, site.directory, site.tls, ['R\n', request])).not.toContain('200 OK');
    expect(await isAlive()).toMatchObject({ statuses: [200] });
  });

  test('a certificate of a stranger opens nothing', async () => {
    const stranger = await (await makeAuthority('elsewhere')).issue({ name: 'client' });
    const asked = listening.name.includes('clients');
    const answer = exchange({
      url: site.server.url,
      tls: { ca: site.tls?.ca ?? '', cert: stranger.certificate, key: stranger.key },
      parts: ['GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n'],
      answers: 1,
    });
    if (asked) expect((await answer.catch(() => ({ statuses: [] }))).statuses).toEqual([]);
    else expect((await answer).statuses).toEqual([200]);
    expect(await isAlive()).toMatchObject({ statuses: [200] });
  });

  test('nothing of it was a fault of the server', () => {
    expect(errorsOf(site.server)).toEqual([]);
    expect(strayLinesOf(site.server)).toEqual([]);
  });
});

/** All that came until the server ended the connection. @throws Error when it does not within half a minute */
async function afterSending(url: string, bytes: Buffer, isHalfClosed: boolean): Promise<Buffer> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const received: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => received.push(chunk));
  socket.on('error', () => undefined);
  socket.setTimeout(30_000, () => received.push(Buffer.from('the server kept the connection')) && socket.destroy());
  const closed = once(socket, 'close');
  if (isHalfClosed) socket.end(bytes);
  else socket.write(bytes);
  await closed;
  return Buffer.concat(received);
}
