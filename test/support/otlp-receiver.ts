import { type Static, type TSchema, Type as t } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

/** OTLP/JSON as the specification has it, and nothing else: no other member, no number where a text stands. */
const closed = <Members extends Record<string, TSchema>>(members: Members) =>
  t.Object(members, { additionalProperties: false });
const AnyValue = t.Union([
  closed({ stringValue: t.String() }),
  closed({ boolValue: t.Boolean() }),
  closed({ intValue: t.String({ pattern: '^-?\\d{1,19}$' }) }),
  closed({ doubleValue: t.Number() }),
]);
const attributes = t.Array(closed({ key: t.String({ minLength: 1 }), value: AnyValue }));
const traceId = t.String({ pattern: '^(?!0+$)[0-9a-f]{32}$' });
const spanId = t.String({ pattern: '^(?!0+$)[0-9a-f]{16}$' });
const nanoseconds = t.String({ pattern: '^\\d{19}$' });
const Span = closed({
  traceId,
  spanId,
  parentSpanId: t.Optional(spanId),
  flags: t.Integer({ minimum: 0, maximum: 0xff_ff_ff_ff }),
  name: t.String({ minLength: 1 }),
  kind: t.Integer({ minimum: 1, maximum: 5 }),
  startTimeUnixNano: nanoseconds,
  endTimeUnixNano: nanoseconds,
  attributes,
  links: t.Optional(t.Array(closed({ traceId, spanId }))),
  status: closed({ code: t.Optional(t.Integer({ minimum: 0, maximum: 2 })), message: t.Optional(t.String()) }),
});
const ExportTraceServiceRequest = closed({
  resourceSpans: t.Array(
    closed({
      resource: closed({ attributes }),
      scopeSpans: t.Array(closed({ scope: closed({ name: t.String(), version: t.String() }), spans: t.Array(Span) })),
    }),
  ),
});

export type ReceivedSpan = Omit<Static<typeof Span>, 'attributes'> & {
  readonly attributes: Readonly<Record<string, unknown>>;
};

/** A collector that takes traces over OTLP/HTTP, and says what is wrong with what it got. */
export interface OtlpReceiver extends Disposable {
  readonly url: string;
  readonly spans: ReceivedSpan[];
  readonly resource: Record<string, unknown>;
  readonly headers: Headers[];
  /** What was not as the specification has it. */
  readonly faults: string[];
  /** What it answers from now on. */
  status: number;
}

export function otlpReceiver(): OtlpReceiver {
  const spans: ReceivedSpan[] = [];
  const faults: string[] = [];
  const headers: Headers[] = [];
  const resource: Record<string, unknown> = {};
  const receiver = {
    url: '',
    spans,
    faults,
    headers,
    resource,
    status: 200,
    [Symbol.dispose]: () => void server.stop(true),
  };
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      headers.push(request.headers);
      if (receiver.status !== 200) return new Response('', { status: receiver.status });
      const { pathname } = new URL(request.url);
      if (request.method !== 'POST' || pathname !== '/v1/traces') faults.push(`${request.method} ${pathname}`);
      if (request.headers.get('content-type') !== 'application/json') faults.push('not JSON');
      take(await request.json());
      return Response.json({});
    },
  });
  receiver.url = `http://127.0.0.1:${server.port}`;
  return receiver;

  function take(body: unknown): void {
    if (!Value.Check(ExportTraceServiceRequest, body)) {
      for (const { path, message } of Value.Errors(ExportTraceServiceRequest, body)) faults.push(`${path}: ${message}`);
      return;
    }
    for (const { resource: of, scopeSpans } of body.resourceSpans) {
      Object.assign(resource, plain(of.attributes));
      for (const each of scopeSpans.flatMap((scope) => scope.spans)) {
        if (BigInt(each.endTimeUnixNano) < BigInt(each.startTimeUnixNano))
          faults.push(`${each.name} ends before it starts`);
        spans.push({ ...each, attributes: plain(each.attributes) });
      }
    }
  }
}

function plain(given: Static<typeof attributes>): Record<string, unknown> {
  return Object.fromEntries(given.map(({ key, value }) => [key, Object.values(value)[0]]));
}
