/** The anchors of the headings of one page, in the way of GitHub, so that one link is right there and in the manual. */
export class Slugs {
  readonly #counts = new Map<string, number>();

  /** @param title the text of a heading, without marks of Markdown */
  next(title: string): string {
    const slug = slugOf(title);
    const before = this.#counts.get(slug);
    this.#counts.set(slug, (before ?? -1) + 1);
    return before === undefined ? slug : `${slug}-${before + 1}`;
  }
}

function slugOf(title: string): string {
  return title
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number}\p{Mark}\p{Connector_Punctuation} -]/gu, '')
    .replaceAll(' ', '-');
}
