import type { Clock } from '../lib/clock.ts';
import { type Ending, endingOf, type Socket, type SocketHandler } from './connection.ts';
import { type CutOff, Follower, type Step } from './event-follower.ts';
import { type Following, farewell } from './event-stream.ts';

/** RFC 6455, section 7.4.1, and "try again later" of the registry of close codes that it established. */
const codes = { stopping: 1001, not_allowed: 1008, too_slow: 1013 } satisfies Record<Ending['cause'], number>;

/** Events as messages of a WebSocket, each the JSON of one event. The pings of the connection are the heartbeat. */
export function eventSocket({ feed, since, choice, connection, onCutOff }: Following, clock: Clock): SocketHandler {
  let socket: Socket | undefined;
  let room = Promise.withResolvers<void>();
  let isGone = false;
  const gone = new AbortController();
  const follower = new Follower(feed, { since, choice, onCutOff: say });
  const onStop = () => follower.cutOff(endingOf(connection));
  return {
    open(opened) {
      socket = opened;
      connection.stopping.addEventListener('abort', onStop, { once: true });
      if (connection.stopping.aborted) onStop();
      pump().catch(() => opened.terminate());
    },
    drain: () => room.resolve(),
    close() {
      isGone = true;
      gone.abort();
      connection.stopping.removeEventListener('abort', onStop);
      follower[Symbol.dispose]();
      room.resolve();
    },
  };

  async function pump(): Promise<void> {
    while (!isGone) {
      const step = await follower.next();
      if (isGone) return;
      if (step.kind === 'cut_off') return say(step);
      for (const message of messagesOf(step)) {
        room = Promise.withResolvers();
        if (socket?.send(message) === -1) await room.promise;
        if (isGone) return;
      }
    }
  }

  function say(cutOff: CutOff): void {
    // The loop that waits for room must see that there is nothing more to send.
    isGone = true;
    room.resolve();
    onCutOff(cutOff);
    connection.stopping.removeEventListener('abort', onStop);
    const { cause, reason, since: position } = cutOff;
    socket?.send(JSON.stringify({ cut_off: { reason, since: position } }));
    socket?.close(codes[cause], reason);
    // The close waits for the client, which may never read.
    clock.sleep(farewell(connection) * 1000, gone.signal).then(
      () => socket?.terminate(),
      () => {},
    );
  }
}

function messagesOf(step: Step): string[] {
  if (step.kind === 'events') return step.events.map(({ json }) => json);
  return step.kind === 'gap' ? [JSON.stringify({ gap: { first: step.first, last: step.last } })] : [];
}
