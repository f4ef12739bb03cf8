import { Type as t } from '@sinclair/typebox';
import { checkedName } from '../lib/addresses.ts';
import { Budget, type BudgetView } from '../operations/budget.ts';
import { viewOf } from './authorisation.ts';
import type { Services } from './context.ts';
import { documentChange } from './document-change.ts';
import { contentState, contentTag, preconditionOf, recordTag, tagged, taggedLazily } from './etag.ts';
import { Elysia, own } from './framework.ts';
import { counted } from './list-answer.ts';
import { readSelection } from './list-query.ts';
import { listRules } from './list-rules.ts';
import { checkSamePath } from './same-path.ts';

export const BudgetBody = t.Object({
  name: t.Optional(t.String()),
  target: t.String({ minLength: 1, maxLength: 100_000 }),
  max_down: Budget.properties.max_down,
});

/** What a PATCH is about. */
export const BudgetDocument = t.Required(BudgetBody);

/** How many hosts may be down at once, over all operations. */
export function budgetRoutes({ budgets, whereabouts, callerOf }: Services) {
  /** A budget as the caller may see it: its hosts that are down are hosts like others. */
  const shownTo = async (request: Request) => {
    const view = viewOf(callerOf(request), 'host:read');
    const clusters = view && (await whereabouts.everywhere());
    return (budget: BudgetView): BudgetView => {
      return view === undefined
        ? budget
        : { ...budget, down: budget.down.filter(({ address }) => view.sees(clusters?.get(address))) };
    };
  };
  return new Elysia({ name: 'budgets' })
    .get('/api/v0/budgets', async ({ request, set }) => {
      const { records, total } = await budgets.select(readSelection(request.url, listRules.budgets));
      const found = { records: records.map(await shownTo(request)), total };
      // Which hosts are down is in no record.
      return taggedLazily({ request, set }, contentTag(found), async () => counted(set, found));
    })
    .get('/api/v0/budget/:name', async ({ params, request, set }) => {
      const { value: budget, revision } = await budgets.entry(checkedName(params.name));
      const value = (await shownTo(request))(budget);
      return tagged({ request, set }, recordTag(revision, contentState(value)), value);
    })
    .put(
      '/api/v0/budget/:name',
      ({ params, body: { name: said, target, max_down }, request, set }) => {
        const name = checkedName(params.name);
        checkSamePath('name', name, said);
        set.status = 201;
        return budgets.put({ name, target, max_down }, preconditionOf(request));
      },
      { body: own(BudgetBody) },
    )
    .patch('/api/v0/budget/:name', ({ params, body, request }) => {
      const name = checkedName(params.name);
      const change = documentChange(request, body, BudgetDocument);
      const changed = (budget: Budget) => {
        const after = change(budget);
        checkSamePath('name', name, after.name);
        return after;
      };
      return budgets.change(name, changed, preconditionOf(request));
    })
    .delete('/api/v0/budget/:name', async ({ params, request }) => {
      await budgets.delete(checkedName(params.name), preconditionOf(request));
      return [];
    });
}
