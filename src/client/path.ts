/** A path of the API. Only its words are written by us; the names in it are encoded, whatever they are. */
export function path(words: TemplateStringsArray, ...names: readonly string[]): string {
  return `/api/v0${String.raw({ raw: words }, ...names.map(encodeURIComponent))}`;
}
