/**
 * Characters that a terminal obeys instead of showing, or that hide text from a reader: control characters (C0, DEL and
 * C1), format characters (bidirectional controls, characters without width, tags), other invisible characters, line and
 * paragraph separators, and halves of surrogate pairs. A newline is not among them. Neither are variation selectors:
 * they only choose between two forms of a symbol.
 */
const controls = /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]--[\n\uFE00-\uFE0F]]/v;
const everyControl = new RegExp(controls, 'gv');

/** Whether a text has characters that must not reach a terminal unchanged. */
export function holdsControls(text: string): boolean {
  return controls.test(text);
}

/**
 * Writes each of them as JSON does, `\u001b`; those outside the first plane as two such. In a JSON text they occur only
 * in strings, so the value stays the same.
 */
export function escapeControls(text: string): string {
  return replaceControls(text, (control) =>
    Array.from({ length: control.length }, (_, at) => unit(control, at)).join(''),
  );
}

/** @param replacement returns the text for one of them */
export function replaceControls(text: string, replacement: (control: string) => string): string {
  return text.replace(everyControl, replacement);
}

function unit(text: string, at: number): string {
  return `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`;
}
