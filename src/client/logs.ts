import type { LogFilter, LogLine } from '../lib/log-reader.ts';
import { messagesOf } from './event-source.ts';
import { bodyOf } from './events.ts';
import { path } from './path.ts';
import type { Transport } from './transport.ts';

export type { LogLine } from '../lib/log-reader.ts';

/** Which lines of the server's log. */
export interface LogQuery extends LogFilter {
  /** Only lines after the one with this number. */
  readonly after?: number | undefined;
  readonly limit?: number | undefined;
}

/** The log of the server. */
export function logs(transport: Transport) {
  return {
    /** The newest lines, or those after `after`; the oldest first. */
    list: (query: LogQuery = {}, signal?: AbortSignal) =>
      transport.list<LogLine>({ method: 'GET', path: path`/logs`, query: queryOf(query), signal }),

    /** The same lines and then each new one. The generator ends with the connection, and throws when that breaks. */
    follow: async (query: LogQuery = {}, signal?: AbortSignal): Promise<AsyncGenerator<LogLine>> => {
      const request = {
        method: 'GET',
        path: path`/logs`,
        query: { ...queryOf(query), follow: 'true' },
        signal,
      } as const;
      const body = await transport.send(request, bodyOf);
      return linesOf(messagesOf(body, { position: query.after ?? 0, signal }));
    },
  };
}

function queryOf({ requestId: request, logToken: token, ...others }: LogQuery) {
  return { ...others, request, token };
}

async function* linesOf(messages: AsyncGenerator<{ name: string | undefined; data: string }>): AsyncGenerator<LogLine> {
  for await (const { name, data } of messages) if (name === 'line') yield JSON.parse(data);
}
