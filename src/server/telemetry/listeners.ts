import type { ConnectionLimits } from '../../api/front/places.ts';
import type { ListenerLoad } from '../../api/listening.ts';
import { type Family, gauge } from '../../telemetry/metrics/family.ts';

/** What the listener of the API serves at the moment. */
export function listenerFamilies(
  { connections, requests, webSockets }: ListenerLoad,
  limits: ConnectionLimits,
): Family[] {
  const counted = 'Open connections; no value on loopback, where they are not counted';
  return [
    gauge('commissaire_connections', counted, connections),
    gauge('commissaire_connections_limit', 'The most connections at once', limits.total),
    gauge('commissaire_http_requests_in_progress', 'Requests that have no complete answer yet, with streams', requests),
    gauge('commissaire_websockets', 'Open WebSockets', webSockets),
  ];
}
