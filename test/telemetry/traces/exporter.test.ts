import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { neverByProxy } from '../../../src/lib/proxies.ts';
import { inScope } from '../../../src/lib/scope-of-work.ts';
import { SpanExporter } from '../../../src/telemetry/traces/exporter.ts';
import { readHeaders } from '../../../src/telemetry/traces/headers.ts';
import { makeTracer } from '../../../src/telemetry/traces/tracer.ts';
import { recordingLogger } from '../../auth/support.ts';

import { otlpReceiver } from '../../support/otlp-receiver.ts';
import { closedPort } from '../../support/server.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { until } from '../../support/until.ts';

function exporting(url: string, { ratio = 1, timeoutMs = 5_000 } = {}) {
  const logger = recordingLogger();
  const exporter = new SpanExporter({
    url: `${url}/v1/traces`,
    headers: {},
    way: neverByProxy(url),
    timeoutMs,
    resource: { 'service.name': 'test' },
    scope: { name: 'commissaire', version: '1' },
    clock: systemClock,
    logger,
    gatherMs: 1,
  });
  return { logger, exporter, tracer: makeTracer({ add: (span) => exporter.add(span), ratio }) };
}

test('a span has its parent, its attributes in their types, its failure and its link', async () => {
  using collector = otlpReceiver();
  const { tracer, exporter } = exporting(collector.url);
  const parent = tracer.start('outer', { kind: 'server' });
  inScope({ span: parent.place }, () => {
    const span = tracer.start('inner', { attributes: { text: 'a', whole: 3, part: 0.5, yes: true, none: undefined } });
    span.fail('it broke');
    span.end();
    span.end();
  });
  tracer.start('linked', { link: parent.place, traceId: 'a'.repeat(32) }).end();
  parent.end();
  await exporter[Symbol.asyncDispose]();
  expect(collector.faults).toEqual([]);
  const [inner, linked, outer] = collector.spans;
  expect(collector.spans).toHaveLength(3);
  expect(inner).toMatchObject({
    traceId: outer?.traceId,
    parentSpanId: outer?.spanId,
    kind: 1,
    status: { code: 2, message: 'it broke' },
    attributes: { text: 'a', whole: '3', part: 0.5, yes: true },
  });
  expect(linked).toMatchObject({ traceId: 'a'.repeat(32), links: [{ spanId: outer?.spanId }] });
  expect(outer).toMatchObject({ kind: 2, status: {} });
  expect(exporter).toMatchObject({ exported: 3, dropped: 0 });
});

test('hostile texts in a span are bounded and stay valid', async () => {
  using collector = otlpReceiver();
  const { tracer, exporter } = exporting(collector.url);
  const span = tracer.start('a', { attributes: { path: `\u0000\ud800${'x'.repeat(100_000)}` } });
  span.fail('y'.repeat(100_000));
  span.end();
  await exporter[Symbol.asyncDispose]();
  expect(collector.faults).toEqual([]);
  expect(JSON.stringify(collector.spans).length).toBeLessThan(4_000);
});

test('a trace is exported as a whole or not at all, as its beginning or its caller decided', async () => {
  using collector = otlpReceiver();
  const { tracer, exporter } = exporting(collector.url, { ratio: 0 });
  const unsampled = tracer.start('left out');
  tracer.start('left out', { parent: unsampled.place }).end();
  unsampled.end();
  tracer.start('taken', { parent: { traceId: 'b'.repeat(32), spanId: 'c'.repeat(16), isSampled: true } }).end();
  await exporter[Symbol.asyncDispose]();
  expect(collector.spans.map(({ name }) => name)).toEqual(['taken']);
});

test.each<[string, number]>([
  ['refuses', 503],
  ['redirects', 302],
])('a collector that %s loses spans, which are counted and said once', async (_name, status) => {
  using collector = otlpReceiver();
  collector.status = status;
  const { tracer, exporter, logger } = exporting(collector.url);
  for (const expected of [1, 2]) {
    tracer.start('lost').end();
    await until(() => exporter.dropped === expected);
  }
  collector.status = 200;
  tracer.start('taken').end();
  await until(() => exporter.exported === 1);
  await exporter[Symbol.asyncDispose]();
  expect(logger.lines).toEqual([expect.stringContaining('the collector takes no traces')]);
  expect(logger.lines[0]).toContain(String(status));
});

test('spans beyond the bound are dropped while a collector does not answer, and nobody waits for it', async () => {
  using silent = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
  const { tracer, exporter } = exporting(`http://127.0.0.1:${silent.port}`, { timeoutMs: 60_000 });
  for (let count = 0; count < 10_000; count += 1) tracer.start('many').end();
  // A batch is on its way, and the bound waits.
  expect(exporter.dropped).toBe(10_000 - 512 - 4_096);
  silent.stop(true);
  await exporter[Symbol.asyncDispose]();
  expect(exporter).toMatchObject({ exported: 0, dropped: 10_000 });
  tracer.start('too late').end();
  expect(exporter.dropped).toBe(10_001);
});

test('a collector that is not there costs its spans', async () => {
  const { tracer, exporter } = exporting(`http://127.0.0.1:${closedPort}`);
  tracer.start('lost').end();
  await until(() => exporter.dropped === 1);
  await exporter[Symbol.asyncDispose]();
});

test.each([
  ['Authorization: Bearer x\r\n\n# no header\nX-Scope: a b \n', { Authorization: 'Bearer x', 'X-Scope': 'a b' }],
  ['', {}],
])('headers are read from a file', (text, headers) => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'headers');
  writeFileSync(path, text, { mode: 0o600 });
  expect(readHeaders(path)).toEqual(headers);
});

test('a file of headers that others can read, or that has none, is refused without its text', () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'headers');
  writeFileSync(path, 'marked-7f3a', { mode: 0o644 });
  expect(() => readHeaders(path)).toThrow(`${path} of otlp-headers-file can be read by others`);
  writeFileSync(join(directory.path, 'other'), 'A: b\nmarked-7f3a', { mode: 0o600 });
  expect(() => readHeaders(join(directory.path, 'other'))).toThrow(/has no header in line 2$/);
  expect(() => readHeaders(join(directory.path, 'absent'))).toThrow(/cannot be read: .*ENOENT/);
});
