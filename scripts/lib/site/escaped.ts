const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text for the content and for the attributes of HTML. */
export function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);
}

/** The text of HTML that this generator made. */
export function textOf(html: string): string {
  const text = html.replaceAll(/<[^>]*>/g, '');
  return Object.entries(entities).reduceRight((left, [character, entity]) => left.replaceAll(entity, character), text);
}
