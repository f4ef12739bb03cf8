import { Type as t } from '@sinclair/typebox';
import { checkedName } from '../lib/addresses.ts';
import { Budget, BudgetView, DownHost } from '../operations/budget.ts';
import { budgetShownTo } from '../operations/insight.ts';
import { documentChange } from './document-change.ts';
import { contentState, contentTag, preconditionOf, recordTag, tagged, taggedLazily } from './etag.ts';
import { insightOf } from './insight.ts';
import { counted } from './list-answer.ts';
import { type ListRules, readSelection } from './list-query.ts';
import { ForceQuery } from './query.ts';
import { json, nothing, routeGroup } from './route-group.ts';
import { checkSamePath } from './same-path.ts';

export const BudgetBody = t.Object({
  name: t.Optional(t.String()),
  target: t.String({ minLength: 1, maxLength: 100_000 }),
  max_down: Budget.properties.max_down,
});

/** The document that a PATCH changes. */
export const BudgetDocument = t.Required(BudgetBody);

const members = { target: 'label:role=web', max_down: '10%' };
const operation = '019a0000-0000-7000-8000-000000000001';
const budget = {
  name: 'web',
  ...members,
  hosts: 30,
  allowed: 3,
  down: [{ address: '192.0.2.11', why: 'taken', operation }],
};

/** The members that the list can be filtered and sorted by. */
const budgetsList = {
  fields: { name: 'text', target: 'text', max_down: 'text', hosts: 'number', allowed: 'number' },
} satisfies ListRules;

/** How many hosts may be down at once, over all operations. */
export const budgetRoutes = routeGroup({
  title: 'Budgets',
  description: 'How many hosts may be down at once, over all operations',
  schemas: { Budget: BudgetView, DownHost },
  routes: {
    listBudgets: {
      method: 'GET',
      path: '/api/v0/budgets',
      permission: 'budget:read',
      about: 'anything',
      summary: 'All disruption budgets, with what they come to now',
      list: budgetsList,
      conditional: 'read',
      answers: { 200: json('The budgets', t.Array(BudgetView), [budget]) },
    },
    getBudget: {
      method: 'GET',
      path: '/api/v0/budget/:name',
      permission: 'budget:read',
      about: 'anything',
      summary: 'One disruption budget, with what it comes to now',
      conditional: 'read',
      answers: { 200: json('The budget', BudgetView, budget) },
      problems: ['budget_not_found', 'conflict'],
    },
    putBudget: {
      method: 'PUT',
      path: '/api/v0/budget/:name',
      permission: 'budget:write',
      about: 'site',
      summary: 'Creates or replaces a budget; operations under way go by it from their next host on',
      conditional: 'change',
      body: BudgetBody,
      bodyExample: members,
      answers: { 201: json('The budget', BudgetView, budget) },
      problems: ['path_mismatch', 'invalid_target'],
    },
    changeBudget: {
      method: 'PATCH',
      path: '/api/v0/budget/:name',
      permission: 'budget:write',
      about: 'site',
      summary: 'Changes the target or how many may be down; operations under way go by it from their next host on',
      conditional: 'change',
      patch: {
        merge: t.Partial(BudgetDocument, { additionalProperties: true }),
        example: { max_down: '10%' },
        lines: [
          { op: 'test', path: '/max_down', value: 2 },
          { op: 'replace', path: '/max_down', value: '10%' },
        ],
      },
      answers: { 200: json('The budget', BudgetView, budget) },
      problems: ['path_mismatch', 'invalid_target', 'budget_not_found'],
    },
    deleteBudget: {
      method: 'DELETE',
      path: '/api/v0/budget/:name',
      permission: 'budget:write',
      about: 'site',
      summary: 'Deletes a budget; what it held up goes on. Refused while an operation has a host of it',
      conditional: 'change',
      answers: { 200: nothing },
      query: ForceQuery,
      problems: ['budget_not_found', 'operation_running'],
    },
  },
  handlers: ({ budgets, whereabouts, callerOf }) => {
    const insight = (request: Request) => insightOf(callerOf(request), whereabouts);
    return {
      listBudgets: async ({ request, set }) => {
        const { records, total } = await budgets.select(readSelection(request.url, budgetsList));
        const seen = await insight(request);
        const found = { records: await Promise.all(records.map((budget) => budgetShownTo(seen, budget))), total };
        // No record contains which hosts are down, so the tag depends on the content.
        return taggedLazily({ request, set }, contentTag(found), async () => counted(set, found));
      },
      getBudget: async ({ params, request, set }) => {
        const { value: budget, revision } = await budgets.entry(checkedName(params.name));
        const value = await budgetShownTo(await insight(request), budget);
        return tagged({ request, set }, recordTag(revision, contentState(value)), value);
      },
      putBudget: ({ params, body: { name: said, target, max_down }, request, set }) => {
        const name = checkedName(params.name);
        checkSamePath('name', name, said);
        set.status = 201;
        return budgets.put({ name, target, max_down }, preconditionOf(request));
      },
      changeBudget: ({ params, body, request }) => {
        const name = checkedName(params.name);
        const change = documentChange(request, body, BudgetDocument);
        const changed = (budget: Budget) => {
          const after = change(budget);
          checkSamePath('name', name, after.name);
          return after;
        };
        return budgets.change(name, changed, preconditionOf(request));
      },
      deleteBudget: async ({ params, query, request }) => {
        const [name, check] = [checkedName(params.name), preconditionOf(request)];
        if (query.force === 'true') await budgets.delete(name, check);
        else await budgets.deleteUnused(name, { insight: await insight(request) }, check);
        return [];
      },
    };
  },
});
