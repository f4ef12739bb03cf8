import fc from 'fast-check';

export interface GeneratedInventory {
  text: string;
  /** Beside the inventory, by their paths. */
  files: Readonly<Record<string, string>>;
}

const groupName = fc.constantFrom('web', 'db', 'site', 'racks', 'h3');
const hostPattern = fc.constantFrom(
  ...['h1', 'h2', 'h3', 'h4.example.com', '192.0.2.7', 'localhost', 'h[1:3]', 'h[01:10:4]', 'r[a:c]n[1:2]'],
  ...['h1:2200', 'h[1:2]:2201', '[2001:db8::1]:2200', '2001:db8::2', '192.0.2.[7:9]:22', '[2001:db8::[1:2]]:24'],
  ...['h[:2]', 'h[8:10]', 'odd_:22', 'foo-bar.baz'],
);
/** Ansible refuses these. */
const wrongPattern = fc.constantFrom('h[1-2]', 'h[01:3]', 'h[c:a]', 'h[1:c]', 'h[1:3:0]', 'h[1:', '[2001:db8::1]');

const login: readonly (readonly [string, fc.Arbitrary<string>])[] = [
  ['ansible_host', fc.constantFrom('192.0.2.1', '192.0.2.2', 'gate.example.com', '2001:db8::9')],
  ['ansible_ssh_host', fc.constantFrom('192.0.2.3', '"192.0.2.4"')],
  ['ansible_user', fc.constantFrom('deploy', 'root', '"quoted"', 'y', '1000')],
  ['ansible_ssh_user', fc.constantFrom('ops', "'ops2'")],
  ['ansible_port', fc.constantFrom('22', '2222', '"2223"')],
  ['ansible_ssh_port', fc.constantFrom('2224')],
  ['ansible_ssh_private_key_file', fc.constantFrom('key', '~/.ssh/id', '"keys/my job"')],
  ['ansible_private_key_file', fc.constantFrom('other')],
];
const others: readonly (readonly [string, fc.Arbitrary<string>])[] = [
  ['ansible_connection', fc.constantFrom('local', 'ssh', 'smart')],
  ['http_port', fc.constantFrom('80', 'yes', '1.5', '"a b"')],
  ['ansible_become', fc.constantFrom('true')],
];

/** A variable, its value spelled as in both formats. */
const variable = fc.oneof(
  ...[...login, ...login, ...others].map(([name, values]) => values.map((value) => ({ name, value }))),
);
const variables = fc.uniqueArray(variable, { selector: ({ name }) => name, maxLength: 4 });

const varsFile = variables.map((each) => each.map(({ name, value }) => `${name}: ${value}\n`).join(''));
const varsPath = fc.oneof(
  fc.tuple(
    fc.constantFrom('group_vars'),
    fc.constantFrom('all', 'web', 'db', 'ungrouped', 'site', 'racks'),
    fc.constantFrom('', '.yml', '.yaml', '.json', '/main.yml', '/a', '/sub/b.yml', '/b.txt'),
  ),
  fc.tuple(
    fc.constantFrom('host_vars'),
    fc.constantFrom('h1', 'h2', '192.0.2.7', 'h4.example.com'),
    fc.constantFrom('', '.yml', '/z.yml'),
  ),
);
const files = fc
  .uniqueArray(fc.tuple(varsPath, varsFile), {
    // A path cannot be a file and a directory.
    selector: ([[directory, name, end]]) => `${directory}/${name}${end.replace(/^\/.*/, '')}`,
    maxLength: 3,
  })
  .map((each) =>
    Object.fromEntries(each.map(([[directory, name, end], text]) => [`${directory}/${name}${end}`, text])),
  );

const rarely = <T>(value: fc.Arbitrary<T>, odd: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary: value, weight: 80 }, { arbitrary: odd, weight: 1 });

const iniValue = (value: string) => (/^[~\w.:/]+$/.test(value) ? value : `'${value}'`);
const iniHost = fc
  .tuple(rarely(hostPattern, wrongPattern), variables, fc.constantFrom('', ' # the first', '\t'))
  .map(([pattern, all, end]) => {
    const words = [pattern, ...all.map(({ name, value }) => `${name}=${iniValue(value)}`)];
    return words.join(' ') + end;
  });
const iniSection = fc.oneof(
  fc.tuple(groupName, fc.array(iniHost, { maxLength: 4 })).map(([name, hosts]) => [`[${name}]`, ...hosts]),
  fc
    .tuple(
      rarely(fc.constantFrom('all', 'web', 'db', 'ungrouped', 'site'), groupName),
      variables,
      fc.option(rarely(fc.constantFrom('10', '-1', '"5"', '1'), fc.constantFrom('high', '1.5x'))),
    )
    .map(([name, all, priority]) => [
      `[${name}:vars]`,
      ...all.map(({ name: key, value }, index) => (index % 2 === 0 ? `${key}=${value}` : `${key} = ${value}  `)),
      ...(priority === null ? [] : [`ansible_group_priority=${priority}`]),
    ]),
  rarely<string[]>(
    fc.constantFrom(['site', 'web', 'db'], ['racks', 'site'], ['racks', 'h3', 'web'], ['all', 'web'], ['site']),
    fc.tuple(groupName, groupName),
  ).map(([name = '', ...children]) => [`[${name}:children]`, ...children]),
);
const oddLine = fc.constantFrom(
  'h9 nonsense',
  '[web',
  '[we b]',
  '[web:hosts]',
  '[web:odd]',
  'h1 "open',
  '---',
  'h1:',
  'a b=c',
);

/** Each inventory declares most of its groups, so that most are valid. */
export const iniInventory: fc.Arbitrary<GeneratedInventory> = fc
  .record({
    first: fc.array(iniHost, { maxLength: 2 }),
    sections: fc.array(iniSection, { minLength: 1, maxLength: 6 }),
    odd: rarely<string | null>(fc.constant(null), oddLine),
    declared: rarely<string[]>(fc.constant(['[web]', '[db]', '[site]', '[racks]', '[h3]']), fc.constant([])),
    files,
  })
  .map(({ first, sections, odd, declared, files: beside }) => ({
    text: [...first, ...sections.flat(), ...declared, ...(odd === null ? [] : [odd]), ''].join('\n'),
    files: beside,
  }));

/** A mapping in the flow style of YAML. It merges, or repeats, mappings of its kind that were written before it. */
interface Mapping {
  kind: 'group' | 'groups' | 'hosts' | 'variables';
  entries: readonly (readonly [key: string, value: Mapping | string])[];
  merged: readonly number[];
  repeated: number | null;
}

/** Without the name of a host. */
const yamlGroupName = fc.constantFrom('web', 'db', 'site', 'racks');

const merged = fc.array(fc.nat(5), { maxLength: 2 });
const repeated = fc.oneof({ arbitrary: fc.constant(null), weight: 5 }, { arbitrary: fc.nat(5), weight: 1 });

const yamlVariables: fc.Arbitrary<Mapping> = fc.record({
  kind: fc.constant('variables'),
  entries: fc
    .tuple(variables, fc.option(fc.constantFrom('022', '0x16', '2_222', '22:22', '!!str 23')))
    .map(([all, port]) =>
      all.map(({ name, value }) => [name, name === 'ansible_port' && port !== null ? port : value] as const),
    ),
  merged: fc.array(fc.nat(5), { maxLength: 3 }),
  repeated,
});
const yamlHosts: fc.Arbitrary<Mapping | string> = fc.oneof(
  { weight: 20, arbitrary: mappingOf('hosts', rarely(hostPattern, wrongPattern), yamlVariables) },
  { weight: 1, arbitrary: fc.constantFrom<string>('h1', '"h[1:2]"', '', '~', '[h1]', '[]', '5') },
);

const yamlGroup = fc.letrec<{ group: Mapping | string; children: Mapping | string }>((tie) => ({
  group: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constant(''),
    fc
      .record({
        hosts: fc.option(yamlHosts),
        vars: fc.option(yamlVariables),
        priority: fc.option(rarely(fc.constantFrom('10', '"-1"'), fc.constantFrom('high'))),
        children: fc.option(tie('children')),
        merged,
        repeated,
      })
      .map(({ hosts, vars, priority, children, ...rest }): Mapping => {
        const ranked = vars === null ? null : withPriority(vars, priority);
        const parts = Object.entries({ hosts, vars: ranked, children });
        const entries = parts.flatMap(([key, value]) => (value === null ? [] : [[key, value] as const]));
        return { kind: 'group', entries, ...rest };
      }),
  ),
  children: fc.oneof(
    { weight: 8, arbitrary: mappingOf('groups', yamlGroupName, tie('group')) },
    { weight: 1, arbitrary: fc.constantFrom<string>('db', '~') },
  ),
})).group;

function withPriority(vars: Mapping, priority: string | null): Mapping {
  return priority === null ? vars : { ...vars, entries: [...vars.entries, ['ansible_group_priority', priority]] };
}

function mappingOf(
  kind: Mapping['kind'],
  key: fc.Arbitrary<string>,
  value: fc.Arbitrary<Mapping | string>,
): fc.Arbitrary<Mapping> {
  const entries = fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength: 3 });
  return fc.record({ kind: fc.constant(kind), entries, merged, repeated });
}

export const yamlInventory: fc.Arbitrary<GeneratedInventory> = fc
  .record({
    groups: fc.uniqueArray(fc.tuple(fc.oneof(yamlGroupName, fc.constant('all')), yamlGroup), {
      selector: ([name]) => name,
      minLength: 1,
      maxLength: 3,
    }),
    block: fc.boolean(),
    files,
  })
  .map(({ groups, block, files: beside }) => {
    const writer = new FlowWriter();
    const tops = groups.map(([name, group]) => `${name}: ${writer.text(group)}`);
    return { text: block ? `${tops.join('\n')}\n` : `{${tops.join(', ')}}\n`, files: beside };
  });

class FlowWriter {
  #anchors = 0;
  /** The anchors of the mappings that are complete. */
  readonly #written: Record<Mapping['kind'], string[]> = { group: [], groups: [], hosts: [], variables: [] };

  text(value: Mapping | string): string {
    if (typeof value === 'string') return value;
    const written = this.#written[value.kind];
    const alias = (index: number) => (written.length === 0 ? [] : [`*${written[index % written.length]} `]);
    const [repeat] = value.repeated === null ? [] : alias(value.repeated);
    if (repeat !== undefined) return repeat;
    this.#anchors += 1;
    const anchor = `a${this.#anchors}`;
    const aliases = value.merged.flatMap(alias);
    const merge = aliases.length > 1 ? [`<<: [${aliases.join(', ')}]`] : aliases.map((each) => `<<: ${each}`);
    const entries = value.entries.map(
      ([key, inner]) => `${/[[\]:]/.test(key) ? `"${key}"` : key}: ${this.text(inner)}`,
    );
    written.push(anchor);
    return `&${anchor} {${[...merge, ...entries].join(', ')}}`;
  }
}
