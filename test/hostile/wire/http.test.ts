import { describe, expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { errorsOf, strayLinesOf } from '../server-state.ts';
import { basic } from '../site.ts';
import { exchange } from './exchange.ts';
import { httpCases } from './http-cases.ts';
import { type Listening, listenings } from './listenings.ts';
import { served } from './served.ts';

const head = `Host: localhost\r\nAuthorization: ${basic('admin')}\r\n`;

describe.each(listenings)('over $name', (listening: Listening) => {
  const site = served(listening);

  const networks = async (): Promise<string[]> => {
    const parts = [`GET /api/v0/networks HTTP/1.1\r\n${head}\r\n`];
    const { text } = await exchange({ url: site.server.url, tls: site.tls, parts, answers: 1 });
    return JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4));
  };

  test.each(httpCases)('$name', async ({ name, parts, statuses, isClosed, isHalfClosed = false }) => {
    const answers = isClosed === true ? {} : { answers: statuses.length };
    const sent = { url: site.server.url, tls: site.tls, parts: parts(head, cidrOf(name)), isHalfClosed, ...answers };
    const exchanged = await exchange({ ...sent, isLookedAt: isClosed !== undefined });
    expect(exchanged).toMatchObject({ statuses, ...(isClosed === undefined ? {} : { isClosed }) });
  });

  // What is refused may come to be stored late, so that this is looked at when all is over.
  test('nothing is stored of what was refused, but what the case says', async () => {
    const stored = httpCases.filter(({ isStored }) => isStored).map(({ name }) => cidrOf(name));
    await until(async () => {
      const there = await networks();
      return stored.every((name) => there.includes(name));
    });
    expect((await networks()).toSorted()).toEqual(['default', ...stored].toSorted());
  });

  test('nothing of it was a fault of the server', () => {
    expect(errorsOf(site.server)).toEqual([]);
    expect(strayLinesOf(site.server)).toEqual([]);
  });
});

const cidrOf = (name: string) => name.replaceAll(/[^A-Za-z0-9]+/g, '-');
