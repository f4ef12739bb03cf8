import { type Static, Type as t } from '@sinclair/typebox';
import { clusterPatternSyntax, hostCount, hostShare, listLength } from '../lib/grant-limits.ts';

/** The name of a cluster, or a pattern. */
export const ClusterPattern = t.String(clusterPatternSyntax);

/** The limits of a grant: the members of bindings, tokens and grants. */
export const limitMembers = {
  clusters: t.Optional(
    t.Array(ClusterPattern, {
      ...listLength,
      form: 'an array of 1 to 1000 names of clusters, or patterns such as web-*',
      description: 'Only for these clusters and the hosts in them; * stands for any letters. Left out: everywhere',
    }),
  ),
  max_hosts: t.Optional(t.Integer({ ...hostCount, description: 'How many hosts one operation may be about' })),
  max_percent: t.Optional(
    t.Integer({ ...hostShare, description: 'The same as a share of the hosts that the grant holds for' }),
  ),
  max_at_once: t.Optional(
    t.Integer({ ...hostCount, description: 'How many hosts one operation may have in flight at the same time' }),
  ),
};

const Members = t.Object(limitMembers);
type Members = Static<typeof Members>;

/** The same as readonly members. */
export type Limits = { readonly [Name in keyof Members]: Readonly<Members[Name]> };

/** The limits of an object that has more members. */
export function limitsOf({ clusters, max_hosts, max_percent, max_at_once }: Partial<UndefinedOr<Limits>>): Limits {
  return {
    ...(clusters === undefined ? {} : { clusters }),
    ...(max_hosts === undefined ? {} : { max_hosts }),
    ...(max_percent === undefined ? {} : { max_percent }),
    ...(max_at_once === undefined ? {} : { max_at_once }),
  };
}

type UndefinedOr<T> = { [Name in keyof T]: T[Name] | undefined };
