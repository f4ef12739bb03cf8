import { describe, expect, test } from 'vitest';
import { nouns } from '../../src/api/nouns.ts';
import { type Member, membersOf } from '../../src/cli/explain/members.ts';
import { topics } from '../../src/cli/help/topics.ts';
import { problems } from '../../src/lib/problems.ts';
import { commctl } from './support/commctl.ts';

const named = Object.entries(nouns).map(([name, noun]) => ({ name, noun }));

/** The paths of the members without a description, however deep. */
function undescribed(members: readonly Member[], before: string): string[] {
  return members.flatMap(({ name, description, members: inner }) => {
    const path = `${before}.${name}`;
    return [...(description === '' ? [path] : []), ...undescribed(inner, path)];
  });
}

describe('every member of a noun has a description', () => {
  test.each(named)('$name', ({ name, noun }) => {
    const given = (noun.given ?? []).flatMap(membersOf);
    const known = membersOf(noun.schema);
    const others = given.filter((member) => !known.some((each) => each.name === member.name));
    expect(undescribed([...known, ...others], name)).toEqual([]);
    expect(topics.map((topic) => topic.name)).toContain(noun.topic);
  });

  test('every text that a member may have has a meaning', () => {
    const missing = named.flatMap(({ name, noun }) =>
      membersOf(noun.schema).flatMap((member) =>
        member.values.length > 1 && member.name !== 'permissions'
          ? member.values.filter(([, meaning]) => meaning === '').map(([value]) => `${name}.${member.name}: ${value}`)
          : [],
      ),
    );
    expect(missing).toEqual([]);
  });
});

test('the list of nouns, without a server', async () => {
  const { exitCode, stdout, stderr } = await commctl(['explain'], { file: null });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  for (const { name } of named) expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
});

test('a noun, with what only requests have', async () => {
  const { stdout } = await commctl(['explain', 'host']);
  expect(stdout).toMatch(/^host: A machine in the inventory\n\nMembers:\n {2}address /);
  expect(stdout).toMatch(/\nOnly in a request:\n {2}ssh_priv_key /);
});

test('a member, with the meanings of its values', async () => {
  const { stdout } = await commctl(['explain', 'host.status']);
  expect(stdout).toMatch(/^host\.status \(text\)\n/);
  expect(stdout).toMatch(/\nValues:\n {2}investigating +It is registered/);
});

test('a member of a member, with its form and its default', async () => {
  expect((await commctl(['explain', 'strategy.window.from'])).stdout).toContain(
    'Given, it must be a time of day from 00:00 to 23:59, such as 22:00.',
  );
  expect((await commctl(['explain', 'strategy.on_failure'])).stdout).toContain('Default: "stop"');
  expect((await commctl(['explain', 'operation.results[0].state'])).stdout).toContain('unreachable');
});

test('an error code', async () => {
  const { stdout } = await commctl(['explain', 'operation_running']);
  expect(stdout).toMatch(/^operation_running: .* \(HTTP 409\)\n/);
  expect(stdout).toContain('What to do: ');
});

test('every error code has an explanation', async () => {
  const { explanationOf } = await import('../../src/cli/explain/explanation.ts');
  for (const code of Object.keys(problems)) {
    expect(await explanationOf(code)).toMatchObject({ kind: 'error', text: expect.stringMatching(/.{40}/) });
  }
});

test('as JSON for a program', async () => {
  const { stdout } = await commctl(['explain', 'strategy.batch', '-o', 'json']);
  expect(JSON.parse(stdout)).toMatchObject({ kind: 'member', path: 'strategy.batch', member: { default: 1 } });
});

test.each([
  [
    'hst',
    'commctl: there is no noun and no error code "hst"\nhint: did you mean "host"?; list the nouns with `commctl explain`\n',
  ],
  ['host.stauts', 'commctl: host has no member "stauts"\nhint: did you mean "status"?\n'],
  ['host.status.x', 'commctl: host.status has no member "x"\nhint: see `commctl explain host.status`\n'],
])('%s: what there is', async (what, stderr) => {
  expect(await commctl(['explain', what])).toEqual({ exitCode: 2, stdout: '', stderr });
});
