import { AppError } from './errors.ts';

/** Where a part is in the text that a person wrote, so that an error in the part points into the whole. */
export interface Place {
  /** The whole text. */
  text: string;
  /** Where the part begins. */
  offset: number;
}

/** Characters shown on either side of the mistake. */
const surroundings = 60;

/**
 * A text that is no target. The message shows the text, on a line of its own, with a caret under the mistake.
 *
 * @param position counted from 0; the message and the member `position` count from 1, as people do
 */
export function invalidTarget({ text, offset }: Place, position: number, problem: string): AppError {
  const at = offset + position;
  const from = Math.max(0, at - surroundings);
  const shown = text.slice(from, at + surroundings).replace(/\p{C}/gu, ' ');
  const caret = `${' '.repeat(at - from)}^`;
  return new AppError(
    'invalid_target',
    `the target is wrong at character ${at + 1}: ${problem}\n  ${shown}\n  ${caret}`,
    {
      hint: hintAt(text, at),
      details: { position: at + 1 },
    },
  );
}

/** Patterns are known from other tools. */
function hintAt(text: string, at: number): string {
  return text[at] === '*' || text[at] === '?'
    ? 'hosts have no patterns: `all` means every host, `10.0.0.[7-9]` these three, and `label:rack=3*` has one'
    : 'write it like `cluster:web & label:rack=3 - host:10.0.0.[7-9]`';
}
