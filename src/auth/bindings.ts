import { type Static, Type as t } from '@sinclair/typebox';
import { records } from '../store/contract.ts';

/** Gives a role to callers, everywhere or within limits. */
export const RoleBinding = t.Object({
  role: t.String({ description: 'The name of a role' }),
  subjects: t.Array(
    t.String({
      pattern: '^(user|group|certificate|claim):[^\\u0000-\\u001f\\u007f]+$',
      maxLength: 512,
      description: 'user:NAME, group:NAME, certificate:COMMON_NAME or claim:NAME=VALUE',
    }),
    { minItems: 1, maxItems: 1000 },
  ),
  clusters: t.Optional(
    t.Array(t.String({ pattern: '^[A-Za-z0-9_*-]{1,255}$' }), {
      minItems: 1,
      maxItems: 1000,
      description: 'Only for these clusters and the hosts in them; * stands for any letters. Left out: everywhere',
    }),
  ),
  max_hosts: t.Optional(
    t.Integer({ minimum: 1, maximum: 1_000_000, description: 'How many hosts one operation may be about' }),
  ),
  max_percent: t.Optional(
    t.Integer({ minimum: 1, maximum: 100, description: 'The same as a share of the hosts the binding holds for' }),
  ),
});
export type RoleBinding = Static<typeof RoleBinding>;

/** A binding as it is shown. */
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
