import { type Static, Type as t } from '@sinclair/typebox';
import type { WindowState } from '../ssh/handshake-window.ts';

/** How many handshakes at once the server allowed while an operation ran. Operations share the window. */
export const HandshakeWindow = t.Object({
  limit: t.Integer({ description: 'Now, or when the operation ended' }),
  smallest: t.Integer({ description: 'While the operation ran' }),
  largest: t.Integer({ description: 'While the operation ran' }),
  latency_ms: t.Union([t.Number(), t.Null()], { description: 'Of one handshake, of late' }),
  reason: t.String({ description: 'starting, growing, steady, slow, busy, exhausted or ceiling' }),
});
export type HandshakeWindow = Static<typeof HandshakeWindow>;

/** The recorded window, extended by its current state. */
export function widened(before: HandshakeWindow | null, { limit, latencyMs, reason }: WindowState): HandshakeWindow {
  return {
    limit,
    smallest: Math.min(limit, before?.smallest ?? limit),
    largest: Math.max(limit, before?.largest ?? limit),
    latency_ms: latencyMs === null ? null : Math.round(latencyMs * 10) / 10,
    reason,
  };
}
