/** A path of the API. Only its words are written by us; the names in it are encoded, whatever they are. */
export function path(words: TemplateStringsArray, ...names: readonly string[]): string {
  return `/api/v0${String.raw({ raw: words }, ...names.map(encoded))}`;
}

/** Half of a character, which a server or a file may name, is no reason to fail with a word about UTF-16. */
function encoded(name: string): string {
  return encodeURIComponent(name.toWellFormed());
}
