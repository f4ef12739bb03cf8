import { type Static, Type as t } from '@sinclair/typebox';
import { choices } from '../lib/choices.ts';
import { listLength } from '../lib/grant-limits.ts';
import { subjectSyntax } from '../lib/subjects.ts';
import { records } from '../store/contract.ts';
import { limitMembers } from './limits.ts';

/** Gives a role to callers, everywhere or within limits. */
export const RoleBinding = t.Object({
  role: t.String({ description: 'The name of a role' }),
  subjects: t.Array(t.String(subjectSyntax), {
    ...listLength,
    description: 'Who is given the role: user:NAME, group:NAME, certificate:COMMON_NAME or claim:NAME=VALUE',
    form: 'an array of 1 to 1000 subjects, such as user:alice or group:ops',
  }),
  ...limitMembers,
});
export type RoleBinding = Static<typeof RoleBinding>;

/** A binding as the API shows it. */
export const RoleBindingView = t.Object({
  name: t.String({
    description: 'Name of the binding; those of the configuration are configuration-1, configuration-2 and so on',
  }),
  ...RoleBinding.properties,
  source: choices(
    { configuration: 'The configuration of the server', store: 'It was created here, and can be changed here' },
    { description: 'Where it comes from' },
  ),
});
export type RoleBindingView = Static<typeof RoleBindingView>;

/** By name. */
export const roleBindingRecords = records<RoleBinding>('role-bindings');
