import type { Selected, Selection } from '../lib/selection.ts';
import type { View } from './authorisation.ts';
import { type AnswerHead, type Exchange, recordTag, taggedLazily } from './etag.ts';
import { jsonArray } from './json-array.ts';
import { type ListRules, readSelection } from './list-query.ts';

/**
 * The page of a list that the request asks for. `X-Total-Count` is the number of records on all pages. The list is not
 * read when the caller already has it.
 *
 * @param view of the caller, when it does not include everything
 * @param revision of the collection; read before the list, so that a change in between only costs a second read
 * @throws AppError `invalid_member`, `invalid_name`, and what `find` throws
 */
export async function listAnswer<T>(
  { request, set, view }: Exchange & { view?: Pick<View, 'state'> | undefined },
  rules: ListRules,
  revision: () => Promise<number>,
  find: (selection: Selection) => Promise<Selected<T>>,
): Promise<T[] | Response> {
  const selection = readSelection(request.url, rules);
  return taggedLazily({ request, set }, recordTag(await revision(), view?.state), async () =>
    counted(set, await find(selection)),
  );
}

/** The same for records that are read one by one. */
export async function streamedListAnswer(
  { request, set, view }: Exchange & { view?: Pick<View, 'state'> | undefined },
  rules: ListRules,
  revision: () => Promise<number>,
  find: (selection: Selection) => Promise<{ records: AsyncIterable<unknown>; total: number }>,
): Promise<Response> {
  const selection = readSelection(request.url, rules);
  const etag = recordTag(await revision(), view?.state);
  return taggedLazily({ request, set }, etag, async () => {
    const { records, total } = await find(selection);
    return jsonArray(records, { etag, 'x-total-count': String(total) });
  });
}

/** The records; their number on all pages goes into a header of the answer. */
export function counted<T>(set: AnswerHead, { records, total }: Selected<T>): T[] {
  set.headers['x-total-count'] = String(total);
  return records;
}

/** The names of the records, which is how the original lists most of them. */
export function named({ records, total }: Selected<{ name: string }>): Selected<string> {
  return { records: records.map(({ name }) => name), total };
}
