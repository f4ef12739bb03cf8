import { Type as t } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { checkedName } from '../lib/addresses.ts';
import { Budget } from '../operations/budget.ts';
import type { Services } from './context.ts';
import { listAnswer } from './list-answer.ts';
import { listRules } from './list-rules.ts';
import { checkSamePath } from './same-path.ts';

const BudgetBody = t.Object({
  name: t.Optional(t.String()),
  target: t.String({ minLength: 1, maxLength: 100_000 }),
  max_down: Budget.properties.max_down,
});

/** How many hosts may be down at once, over all operations. */
export function budgetRoutes({ budgets }: Services) {
  return new Elysia({ name: 'budgets' })
    .get('/api/v0/budgets', ({ request, set }) =>
      listAnswer({ request, set }, listRules.budgets, (selection) => budgets.select(selection)),
    )
    .get('/api/v0/budget/:name', ({ params }) => budgets.get(checkedName(params.name)))
    .put(
      '/api/v0/budget/:name',
      ({ params, body: { name: said, target, max_down }, set }) => {
        const name = checkedName(params.name);
        checkSamePath('name', name, said);
        set.status = 201;
        return budgets.put({ name, target, max_down });
      },
      { body: BudgetBody },
    )
    .delete('/api/v0/budget/:name', async ({ params }) => {
      await budgets.delete(checkedName(params.name));
      return [];
    });
}
