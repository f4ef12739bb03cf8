import type { Span, SpanPlace, Tracer } from '../lib/tracing.ts';
import type { Operation } from './operation.ts';

/**
 * The root span of an operation on this server. It belongs to the trace of the request that started it. Without such a
 * request, as after a restart, the trace has the id of the operation, so that all servers that work on an operation add
 * to one trace.
 */
export function operationSpan(tracer: Tracer, id: string, starter: SpanPlace | undefined): Span {
  return tracer.start('operation', {
    parent: starter,
    traceId: id.replaceAll('-', ''),
    attributes: { 'commissaire.operation.id': id },
  });
}

/** Once the record of the operation is read. */
export function nameSpan(span: Span, { kind, number, cluster }: Pick<Operation, 'kind' | 'number' | 'cluster'>): void {
  span.rename(`operation ${kind}`);
  span.set({
    'commissaire.operation.kind': kind,
    'commissaire.operation.number': number,
    'commissaire.cluster': cluster === '' ? undefined : cluster,
  });
}

/** How the operation ended, or that it goes on with the next server. */
export function endingOf(span: Span, { status }: Pick<Operation, 'status'>): void {
  span.set({ 'commissaire.operation.status': status });
  if (status === 'failed') span.fail('the operation failed');
}
