import { Type as t } from '@sinclair/typebox';
import { BudgetView } from '../../operations/budget.ts';
import { BudgetBody, BudgetDocument } from '../budgets.ts';
import { listRules } from '../list-rules.ts';
import { json, nothing, type RouteDescriptions } from './route-description.ts';

const members = { target: 'label:role=web', max_down: '10%' };
const operation = '019a0000-0000-7000-8000-000000000001';
const budget = {
  name: 'web',
  ...members,
  hosts: 30,
  allowed: 3,
  down: [{ address: '192.0.2.11', why: 'taken', operation }],
};

export const budgetDescriptions: RouteDescriptions = {
  'GET /api/v0/budgets': {
    id: 'listBudgets',
    summary: 'All disruption budgets, with what they come to now',
    list: listRules.budgets,
    tags: 'shown',
    answers: { 200: json('The budgets', t.Array(BudgetView), [budget]) },
  },
  'GET /api/v0/budget/:name': {
    id: 'getBudget',
    summary: 'One disruption budget, with what it comes to now',
    tags: 'shown',
    answers: { 200: json('The budget', BudgetView, budget) },
    problems: ['budget_not_found', 'conflict'],
  },
  'PUT /api/v0/budget/:name': {
    id: 'putBudget',
    summary: 'Creates or replaces a budget; operations under way go by it from their next host on',
    tags: 'heeded',
    body: BudgetBody,
    bodyExample: members,
    answers: { 201: json('The budget', BudgetView, budget) },
    problems: ['path_mismatch', 'invalid_target'],
  },
  'PATCH /api/v0/budget/:name': {
    id: 'changeBudget',
    summary: 'Changes the target or how many may be down; operations under way go by it from their next host on',
    tags: 'heeded',
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
  'DELETE /api/v0/budget/:name': {
    id: 'deleteBudget',
    summary: 'Deletes a budget; what it held up goes on',
    tags: 'heeded',
    answers: { 200: nothing },
    problems: ['budget_not_found'],
  },
};
