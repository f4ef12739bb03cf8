import { type Static, Type as t } from '@sinclair/typebox';
import type { Clock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { NewEvent, Store, StoredEvent } from '../store/contract.ts';
import { EventFeed } from './feed.ts';

/** The types of users' own events. No event of the product has such a type. */
const userType = '^user(_[a-z0-9]+)*$';

export const NewUserEvent = t.Object({
  type: t.String({
    pattern: userType,
    maxLength: 64,
    description: 'user, or a word that begins with user_',
    form: 'user, or user_ and a word of lower-case letters and digits, such as user_release',
  }),
  action: t.Optional(
    t.String({
      pattern: '^[a-z0-9_]+$',
      maxLength: 64,
      description: 'What happened, such as begun',
      form: 'a word of 1 to 64 lower-case letters, digits and "_"',
    }),
  ),
  key: t.Optional(
    t.String({
      pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f*]*$',
      maxLength: 255,
      description: 'What it happened to',
      form: 'a text of one line and at most 255 characters, without *',
    }),
  ),
  data: t.Optional(
    t.Record(t.String(), t.Unknown(), { description: 'What else there is to say, at most 64 KiB of JSON' }),
  ),
});

/** Bytes of JSON in the data of a user's event. */
const maxDataBytes = 64 * 1024;

export interface EventsOptions {
  store: Store;
  clock: Clock;
  logger: Logger;
  /** Milliseconds between two heartbeats to followers. */
  heartbeat?: number;
}

/** The caller that posts an event. */
export interface Poster {
  /** The name of the caller. */
  by: string;
  /** The id of the request, by which the event can be found. */
  request: string;
}

/** The events of the product and those of users. */
export class Events implements Disposable {
  readonly feed: EventFeed;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly #store: Store;

  constructor({ store, clock, logger, heartbeat }: EventsOptions) {
    this.#store = store;
    this.clock = clock;
    this.logger = logger;
    this.feed = new EventFeed({ log: store.events, clock, ...(heartbeat === undefined ? {} : { heartbeat }) });
  }

  /** Resolves when the event is on disk. @throws AppError `invalid_member` for too much data */
  async post(posted: Static<typeof NewUserEvent>, poster: Poster): Promise<StoredEvent> {
    const { type, action = 'posted', key = '', data } = posted;
    if (Buffer.byteLength(JSON.stringify(data ?? {})) > maxDataBytes) throw tooMuchData();
    const event: NewEvent = { type, action, key, data: { ...data, ...poster } };
    const { events } = await this.#store.commit(async (tx) => tx.emit(event));
    const [stored] = events;
    if (stored === undefined) throw new Error('the store does not say which event it wrote');
    return stored;
  }

  [Symbol.dispose](): void {
    this.feed[Symbol.dispose]();
  }
}

function tooMuchData(): AppError {
  return new AppError('invalid_member', `data must be at most ${maxDataBytes} bytes of JSON`, {
    hint: 'leave out what the readers of the event do not need',
    details: { member: 'data' },
  });
}
