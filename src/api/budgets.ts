import { Type as t } from '@sinclair/typebox';
import { checkedName } from '../lib/addresses.ts';
import { Budget } from '../operations/budget.ts';
import { budgetShownTo } from '../operations/insight.ts';
import type { Services } from './context.ts';
import { documentChange } from './document-change.ts';
import { contentState, contentTag, preconditionOf, recordTag, tagged, taggedLazily } from './etag.ts';
import { Elysia, own } from './framework.ts';
import { insightOf } from './insight.ts';
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
  const insight = (request: Request) => insightOf(callerOf(request), whereabouts);
  return new Elysia({ name: 'budgets' })
    .get('/api/v0/budgets', async ({ request, set }) => {
      const { records, total } = await budgets.select(readSelection(request.url, listRules.budgets));
      const seen = await insight(request);
      const found = { records: await Promise.all(records.map((budget) => budgetShownTo(seen, budget))), total };
      // Which hosts are down is in no record.
      return taggedLazily({ request, set }, contentTag(found), async () => counted(set, found));
    })
    .get('/api/v0/budget/:name', async ({ params, request, set }) => {
      const { value: budget, revision } = await budgets.entry(checkedName(params.name));
      const value = await budgetShownTo(await insight(request), budget);
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
