/** A path of the API. The words come from this package; the names in it are encoded. */
export function path(words: TemplateStringsArray, ...names: readonly string[]): string {
  return `/api/v0${String.raw({ raw: words }, ...names.map(encoded))}`;
}

/** A name from a server or a file may contain a lone surrogate, which must not fail with an error about UTF-16. */
function encoded(name: string): string {
  return encodeURIComponent(name.toWellFormed());
}
