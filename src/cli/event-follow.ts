import type { EventSelection, Followed } from '../client/events.ts';
import type { StoredEvent } from '../store/contract.ts';
import type { Context } from './context.ts';
import { Patience } from './patience.ts';

/** Milliseconds before connecting again. */
const pause = 1000;

/**
 * The matching events, without end: across lost connections and restarts of the server, without a gap and without
 * duplicates. Reports on stderr events that the server no longer has.
 *
 * @throws NoServerError when no server can be reached for five minutes, ProblemError, or the reason of the signal
 */
export async function* followEvents(
  context: Context,
  { filter, since }: EventSelection,
  signal: AbortSignal,
): AsyncGenerator<StoredEvent> {
  const { terminal, clock } = context;
  const client = await context.connect();
  const patience = new Patience(clock);
  const note = (text: string) => terminal.stderr.write(`${text}\n`);
  for (let position = since; ; await clock.sleep(pause, signal)) {
    const attempt = await patience.attempt(() => client.events.follow({ filter, since: position }, signal));
    if (attempt.kind === 'lost') {
      if (attempt.isFirst) await note(attempt.note);
      continue;
    }
    for await (const message of untilBroken(attempt.value, signal)) {
      position = message.position;
      if (message.kind === 'event') yield message.event;
      if (message.kind === 'cut_off') await note(`cut off by the server: ${message.reason}; going on`);
      if (message.kind === 'gap') {
        await note(`the server no longer has the events ${message.first} to ${message.last}`);
      }
    }
  }
}

/** Ignores how a connection ended: the next attempt to connect shows the reason. */
async function* untilBroken(messages: AsyncGenerator<Followed>, signal: AbortSignal): AsyncGenerator<Followed> {
  try {
    yield* messages;
  } catch {
    signal.throwIfAborted();
  }
}
