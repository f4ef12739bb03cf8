import { type TSchema, Type as t } from '@sinclair/typebox';
import { type ListRules, limitRange, offsets } from '../list-query.ts';
import { integerText } from '../query.ts';
import type { ExtraParameter } from '../route-group.ts';

/** All parameters of a list, except those of its route. */
export function listParameters(rules: ListRules): ExtraParameter[] {
  const names = Object.keys(rules.fields);
  const sortable = names.map((name) => name.replace('.', '\\.').replace('*', '.+')).join('|');
  return [
    inQuery('limit', 'How many records at most', integerText(limitRange(rules))),
    inQuery('offset', 'Without the first of them', integerText(offsets)),
    {
      ...inQuery(
        'sort',
        'By the first of these members, those equal in it by the next; - before a member for the largest first',
        t.Array(t.String({ pattern: `^-?(${sortable})$` })),
      ),
      explode: false,
    },
    inQuery('reverse', 'The whole list from its end', t.Union([t.Literal('true'), t.Literal('false')])),
    ...conditionParameters(rules),
  ];
}

/** The parameters that filter records. */
export function conditionParameters({ fields }: ListRules): ExtraParameter[] {
  return Object.keys(fields).map((name) => (name.endsWith('.*') ? membersOf(name) : condition(name)));
}

function condition(name: string): ExtraParameter {
  const description = 'VALUE, with * and ?, or an operator such as Ne(V) or Between(V,W); of several all have to hold';
  return inQuery(name, description, t.Array(t.String()));
}

/** Such as `labels.rack=3`: an object in a query appears as its members, without its own name. */
function membersOf(name: string): ExtraParameter {
  const [outer = ''] = name.split('.');
  const schema = t.Record(t.String({ pattern: `^${outer}\\..+$` }), t.String());
  return inQuery(name, `Conditions on what is in ${outer}, such as ${outer}.NAME=VALUE`, schema);
}

function inQuery(name: string, description: string, schema: TSchema): ExtraParameter {
  return { name, in: 'query', description, schema };
}
