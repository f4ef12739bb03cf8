/** A line of the original's manual, letter by letter; only the breaks that the width of its pages made are taken out. */
export interface Example extends Outcome {
  readonly line: string;
  /** What is typed on the terminal when the line asks for something. */
  readonly typed?: string;
  /** When the line is wrong in the manual: why, what it comes to, and the nearest line that works, whose outcome this is. */
  readonly wrong?: { readonly because: string; readonly outcome: Outcome; readonly instead: string };
}

/** What a line comes to, as far as it is looked at. */
export interface Outcome {
  /** Exit code; 0 when left out. */
  readonly code?: number;
  /** Status of the answer, which curl is made to print after it. */
  readonly status?: number;
  /** What is printed: these members of JSON or YAML, else what the text matches. */
  readonly prints?: object | RegExp;
  /** What stands on stderr, among other things. */
  readonly says?: string;
  /** Repeats the line until it is so: for what goes on in the background. */
  readonly eventually?: true;
  /** What is answered at a path of the API afterwards: these members, or nothing but the status. */
  readonly stored?: readonly [path: string, answer: object | number];
}
