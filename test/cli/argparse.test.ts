import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { commctlProgram } from '../../src/cli/commctl.ts';
import { kebab } from '../../src/cli/kebab.ts';
import { parse } from '../../src/cli/parser.ts';
import { UsageError } from '../../src/cli/usage-error.ts';

const program = commctlProgram('commctl');

/** The commands of the original that have options (contract 12.2): its options, with a value each, and its arguments. */
const commands: { words: string; options: Record<string, string>; flags?: Record<string, string>; args: string[] }[] = [
  {
    words: 'cluster create',
    options: { '-t --type': 'host_only', '-n --network': 'overlay', '-c --container-manager': 'openshift' },
    args: ['web'],
  },
  {
    words: 'container_manager create',
    options: { '-t --type': 'openshift', '-o --options': 'server_url=https://h:1' },
    args: ['m'],
  },
  { words: 'host create', options: { '-c --cluster': 'web' }, args: ['192.0.2.1', 'key'] },
  {
    words: 'network create',
    options: { '-t --type': 'flannel_server', '-o --options': '{"address":"h:1"}' },
    args: ['overlay'],
  },
  { words: 'passhash', options: { '-p --password': '=secret', '-f --file': 'a=b', '-r --rounds': '13' }, args: [] },
  {
    words: 'user-data',
    options: {
      '-e --endpoint': 'https://h:8000',
      '-c --cluster': 'web',
      '-u --username': 'ops',
      '-r --remote-user': 'cirrus',
      '-s --ssh-key-path': '/key',
      '-a --authorized-keys-path': '/keys',
      '-C --cloud-init': 'my.yaml',
      '-o --outfile': 'out',
    },
    flags: { '-p --password': '' },
    args: [],
  },
];

interface Case {
  readonly command: (typeof commands)[number];
  readonly words: readonly string[];
}

/** Each beginning of each option, and each way to give it a value. */
const cases = commands.flatMap((command) => [
  ...Object.entries(command.options).flatMap(([names, value]) => {
    const [letter = '', name = ''] = names.split(' ');
    const long = beginnings(name).flatMap((begun) => [[begun, value], [`${begun}=${value}`]]);
    return [...long, [letter, value], [letter + value], [`${letter}=${value}`]].map((words) => ({ command, words }));
  }),
  ...Object.keys(command.flags ?? {}).flatMap((names) => {
    const [letter = '', name = ''] = names.split(' ');
    const words = [...beginnings(name), letter, `${letter}=x`, `${name}=x`];
    return words.map((word) => ({ command, words: [word] }));
  }),
]);

function beginnings(name: string): string[] {
  return Array.from({ length: name.length - 2 }, (_, index) => name.slice(0, index + 3));
}

/** What argparse makes of the words: the options that are given, or what is wrong with them. */
function askedOfArgparse(): (Record<string, unknown> | string)[] {
  const judge = `
import argparse, json, sys

class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise ValueError(message)

answers = []
for case in json.load(sys.stdin):
    parser = Parser()
    for names in case["command"]["options"]:
        parser.add_argument(*names.split(), default=argparse.SUPPRESS)
    for names in case["command"].get("flags", {}):
        parser.add_argument(*names.split(), action="store_true", default=argparse.SUPPRESS)
    for index, _ in enumerate(case["command"]["args"]):
        parser.add_argument("argument%d" % index)
    try:
        given = vars(parser.parse_args(case["words"] + case["command"]["args"]))
        answers.append({k: v for k, v in given.items() if not k.startswith("argument")})
    except ValueError as error:
        answers.append(str(error))
json.dump(answers, sys.stdout)
`;
  const { stdout, stderr } = spawnSync('python3', ['-c', judge], { input: JSON.stringify(cases), encoding: 'utf8' });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

/** What our parser makes of the same words, in the same form. */
function parsed({ command, words }: Case): Record<string, unknown> | string {
  // The original asked for the endpoint, too.
  const endpoint = command.words === 'user-data' && !words.some((word) => /^-(e|-e)/.test(word));
  const line = [...command.words.split(' '), ...words, ...(endpoint ? ['-e', 'https://other:1'] : []), ...command.args];
  try {
    const result = parse(program, line);
    if (result.kind !== 'command') return result.kind;
    const given = [...Object.keys(command.options), ...Object.keys(command.flags ?? {})].map((names) => {
      const [, name = ''] = names.split(' --');
      const camel = Object.keys(result.command.options).find((option) => kebab(option) === name) ?? '';
      return [name.replaceAll('-', '_'), plain(result.values[camel])];
    });
    return Object.fromEntries(given.filter(([name]) => wanted(words, `${name}`)));
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}

/** Defaults are left out: only the option that the words can mean is compared. */
function wanted([word = '']: readonly string[], name: string): boolean {
  const [begun = ''] = word.split('=');
  const long = name.replaceAll('_', '-');
  if (begun.startsWith('--')) return `--${long}`.startsWith(begun);
  const names = commands.flatMap(({ options, flags = {} }) => [...Object.keys(options), ...Object.keys(flags)]);
  return names.some((each) => each === `${word.slice(0, 2)} --${long}`);
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value[0];
  return typeof value === 'number' ? `${value}` : value;
}

/** Beginnings that options of ours have taken from the original. */
const taken = ['user-data --a', 'user-data --ad'];

describe('options may be given as argparse takes them', () => {
  const answers = askedOfArgparse();

  test.each(
    cases.map((each, index) => [`${each.command.words} ${each.words.join(' ')}`, each, answers[index]] as const),
  )('%s', (_, each, expected) => {
    if (expected === undefined) throw new Error('argparse has no answer');
    const found = parsed(each);
    if (typeof expected === 'object' && typeof found === 'string') {
      expect(found).toMatch(/^ambiguous option/);
      expect(taken).toContain(`${each.command.words} ${each.words[0]?.split('=')[0]}`);
    } else if (typeof expected === 'object') expect(found).toEqual(expected);
    else if (expected.startsWith('ambiguous')) expect(found).toMatch(/^ambiguous option '--\w+': it could be --/);
    else expect(found).toEqual(expect.any(String));
  });
});

describe('an error', () => {
  test('names every option that an ambiguous one could be, and not its value', () => {
    const line = ['user-data', '--c=secret'];
    expect(() => parse(program, line)).toThrow("ambiguous option '--c': it could be --cluster, --cloud-init");
  });

  test('a value for a flag is not repeated', () => {
    expect(() => parse(program, ['user-data', '-p=secret'])).toThrow("option '-p, --password' takes no value");
  });
});

describe('is left as it is', () => {
  test.each([[['host', 'ssh', '192.0.2.1', '--verb', '-o=x']], [['host', 'ssh', '192.0.2.1', '-p=22']]])(
    'what is for another program: %j',
    (line) => {
      expect(parse(program, line)).toMatchObject({ values: { args: line.slice(3) } });
    },
  );

  test('what comes after --', () => {
    expect(parse(program, ['exec', 'host:x', '--', 'ls', '--colo', '-a=b'])).toMatchObject({
      values: { command: ['ls', '--colo', '-a=b'] },
    });
  });

  test('the value of an option', () => {
    expect(parse(program, ['passhash', '-p', '--round'])).toMatchObject({ values: { password: '--round' } });
  });
});

test('global options, too, before and after the command', () => {
  expect(parse(program, ['--dry', '-c=a', 'cluster', 'get', 'web', '--out', 'json'])).toMatchObject({
    values: { name: 'web' },
    globals: { dryRun: true, config: 'a', output: 'json' },
  });
});
