import { type Static, Type as t } from '@sinclair/typebox';
import { listLength } from '../lib/grant-limits.ts';
import { subjectSyntax } from '../lib/subjects.ts';
import { records } from '../store/contract.ts';
import { limitMembers } from './limits.ts';

/** Gives a role to callers, everywhere or within limits. */
export const RoleBinding = t.Object({
  role: t.String({ description: 'The name of a role' }),
  subjects: t.Array(t.String(subjectSyntax), listLength),
  ...limitMembers,
});
export type RoleBinding = Static<typeof RoleBinding>;

/** A binding as the API shows it. */
export const RoleBindingView = t.Object({
  name: t.String({ description: 'Those of the configuration are configuration-1, configuration-2 and so on' }),
  ...RoleBinding.properties,
  source: t.Union([t.Literal('configuration'), t.Literal('store')], {
    description: 'What is in the store can be changed here',
  }),
});
export type RoleBindingView = Static<typeof RoleBindingView>;

/** By name. */
export const roleBindingRecords = records<RoleBinding>('role-bindings');
