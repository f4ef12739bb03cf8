import type { Place } from './config-line.ts';

/** What is wrong with one line, whichever hosts it applies to. */
export class LineError extends Error {
  readonly place: Place;

  constructor(place: Place, message: string) {
    super(message);
    this.place = place;
  }
}
