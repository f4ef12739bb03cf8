type Json = Record<string, unknown>;

/** Texts for people. */
const texts = ['description', 'summary', 'title', 'examples', 'example'];
/** Bounds that may be moved one way: what was in them before still is. */
const raised = ['maxLength', 'maximum', 'maxItems'];
const lowered = ['minLength', 'minimum', 'minItems'];

/**
 * What an API document says no more that an earlier one said: places as JSON pointers. New paths, members, values, answers
 * and better words are additions; a member of a request that has to be given from now on takes something away.
 */
export function takenAway(before: unknown, now: unknown, place = ''): string[] {
  if (Array.isArray(before)) return Array.isArray(now) ? missingItems(before, now, place) : [place];
  if (!isObject(before)) return before === now ? [] : [`${place}: ${JSON.stringify(before)}`];
  if (!isObject(now)) return [place];
  if (isOneForm(before, now)) return [];
  return Object.entries(before).flatMap(([name, value]) => {
    if (texts.includes(name) && typeof value === 'string') return [];
    if (name === '$ref' && isAnswerOfMore(value, now[name])) return [];
    // Answers are named after their codes; each reference to one is compared where it stands.
    if (place === '/components/responses' && (name.includes('.') || !Object.hasOwn(now, name))) return [];
    const inner = `${place}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (!Object.hasOwn(now, name)) return [inner];
    if (isMoved(name, value, now[name])) return [];
    return takenAway(value, now[name], inner);
  });
}

/** Whether an answer has the earlier form beside others, which a parameter asks for. */
function isOneForm(before: Json, { anyOf }: Json): boolean {
  return (
    before.anyOf === undefined && Array.isArray(anyOf) && anyOf.some((form) => takenAway(before, form).length === 0)
  );
}

function isMoved(name: string, before: unknown, now: unknown): boolean {
  if (name === 'pattern' && typeof before === 'string' && typeof now === 'string') return isWidened(before, now);
  if (typeof before !== 'number' || typeof now !== 'number') return false;
  return (raised.includes(name) && now >= before) || (lowered.includes(name) && now <= before);
}

/** Whether a pattern with one group of alternatives has the same ones, and further ones. */
function isWidened(before: string, now: string): boolean {
  const group = /^([^(]*\()([^()]*)(\)[^)]*)$/;
  const [, head, alternatives = '', tail] = group.exec(before) ?? [];
  const [, headNow, alternativesNow = '', tailNow] = group.exec(now) ?? [];
  const known = alternativesNow.split('|');
  return (
    head !== undefined &&
    head === headNow &&
    tail === tailNow &&
    alternatives.split('|').every((each) => known.includes(each))
  );
}

/** Whether both name answers of problems, and the later one has every code of the earlier one. */
function isAnswerOfMore(before: unknown, now: unknown): boolean {
  const [had, has] = [before, now].map((reference) => codesOf(reference));
  return had !== undefined && has !== undefined && had.every((code) => has.includes(code));
}

function codesOf(reference: unknown): readonly string[] | undefined {
  const start = '#/components/responses/';
  return typeof reference === 'string' && reference.startsWith(start)
    ? reference.slice(start.length).split('.')
    : undefined;
}

/** Items have no places of their own: each has to be there somewhere, whole or with additions. */
function missingItems(before: readonly unknown[], now: readonly unknown[], place: string): string[] {
  const gone = before.filter((item) => !now.some((other) => takenAway(item, other).length === 0));
  const demanded = isOfRequest(place) ? now.filter((item) => !before.includes(item)) : [];
  return [
    ...gone.map((item) => `${place}: ${JSON.stringify(item)}`),
    ...demanded.map((item) => `${place}: not ${JSON.stringify(item)}`),
  ];
}

function isOfRequest(place: string): boolean {
  return place.endsWith('/required') && place.includes('/requestBody');
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}
