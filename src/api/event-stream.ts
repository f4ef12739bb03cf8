import type { EventChoice } from '../events/choice.ts';
import type { EventFeed } from '../events/feed.ts';
import { type Connection, endingOf } from './connection.ts';
import { type CutOff, Follower, type Step } from './event-follower.ts';

export interface Following {
  feed: EventFeed;
  since: number;
  choice: EventChoice;
  connection: Connection;
  /** Called for a reader that was too slow, and for all readers when the server stops. */
  onCutOff: (cutOff: CutOff) => void;
}

/** Milliseconds a reader waits before it connects again, unless it has its own pause. */
const retry = 1000;
/** Seconds in which a reader that was cut off may still read what was sent. */
export const farewell = (connection: Connection) => (connection.stopping.aborted ? 5 : 30);

/**
 * Events as server-sent events (WHATWG HTML, section 9.2). The stream is asked for a page only when the connection has
 * taken the previous one, so a reader that does not read costs one page.
 */
export function eventStream({ feed, since, choice, connection, onCutOff }: Following): Response {
  const onStop = () => follower.cutOff(endingOf(connection));
  let say: (cutOff: CutOff) => void = () => {};
  const follower = new Follower(feed, { since, choice, onCutOff: (cutOff) => say(cutOff) });
  let isGone = false;
  const leave = () => {
    isGone = true;
    connection.stopping.removeEventListener('abort', onStop);
    follower[Symbol.dispose]();
  };
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        say = (cutOff) => {
          leave();
          onCutOff(cutOff);
          controller.enqueue(encode({ kind: 'cut_off', ...cutOff }, cutOff.since));
          controller.close();
          connection.idleTimeout(farewell(connection));
        };
        // An id without an event: a reader that is cut off before the first event also knows where to continue.
        controller.enqueue(encoder.encode(`retry: ${retry}\nid: ${since}\n\n`));
        connection.stopping.addEventListener('abort', onStop, { once: true });
        if (connection.stopping.aborted) onStop();
      },
      async pull(controller) {
        const step = await follower.next();
        if (isGone) return;
        if (step.kind === 'cut_off') say(step);
        else controller.enqueue(encode(step, follower.position));
      },
      cancel: leave,
    },
    { highWaterMark: 0 },
  );
  connection.idleTimeout(0);
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      // Proxies such as nginx would otherwise buffer the stream.
      'x-accel-buffering': 'no',
    },
  });
}

const encoder = new TextEncoder();

function encode(step: Step, position: number): Uint8Array {
  switch (step.kind) {
    case 'events': {
      const [only, ...others] = step.events;
      if (only !== undefined && others.length === 0) return only.block;
      return Buffer.concat(step.events.map(({ block }) => block));
    }
    case 'gap':
      return control('gap', position, { first: step.first, last: step.last });
    case 'cut_off':
      return control('cut_off', position, { reason: step.reason, since: step.since });
    case 'quiet':
      // With the cursor, so that a reader with few matching events does not have everything searched again.
      return encoder.encode(`: heartbeat\nid: ${position}\n\n`);
  }
}

function control(name: string, position: number, data: object): Uint8Array {
  return encoder.encode(`id: ${position}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
}
