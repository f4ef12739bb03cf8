import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { examplesOf } from '../manual/examples/blocks.ts';
import { disagreement } from '../manual/examples/output.ts';
import { runExamples } from '../manual/examples/run.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const page = (...blocks: string[]) => `# Page\n\n${blocks.join('\n\n')}\n`;
const block = (info: string, ...lines: string[]) => ['```'.concat(info), ...lines, '```'].join('\n');

describe('the examples of a page', () => {
  test('are its marked blocks, with their lines', () => {
    const text = page(
      block('sh', 'not run'),
      block('sh run site', 'one', 'two'),
      block('text output', 'shown'),
      block('console run', '$ three \\', '  more', 'printed', '', '$ four'),
      block('sh run fails', 'five'),
    );
    expect(examplesOf(text)).toEqual({
      stage: 'site',
      steps: [
        { line: 8, code: 'one\ntwo', fails: false, output: { line: 13, lines: ['shown'] } },
        { line: 17, code: 'three \\\n  more', fails: false, output: { line: 19, lines: ['printed', ''] } },
        { line: 21, code: 'four', fails: false },
        { line: 25, code: 'five', fails: true },
      ],
    });
  });

  test.each([
    [block('sh run sites', 'true'), 'line 3: "sh run sites" is no mark of an example'],
    [block('python run', 'pass'), 'line 3: "python run" is no mark of an example'],
    [block('text output', 'x'), 'line 3: the output belongs to no "sh run" before it'],
    [page(block('sh run', 'true'), block('sh', 'x'), block('text output', 'x')), 'belongs to no "sh run"'],
    [block('console run', 'true'), 'line 4: a session begins with "$ " and a command'],
    [block('sh run', ''), 'line 3: there is nothing to run'],
  ])('%j is refused', (markdown, message) => {
    expect(() => examplesOf(markdown.startsWith('#') ? markdown : page(markdown))).toThrow(message);
  });
});

describe('the shown output', () => {
  const agreeing: [shown: string, printed: string][] = [
    ['a  b', 'a b'],
    ['from … to …', 'from 1 to 4711'],
    ['a\n…\nd', 'a\nb\nc\nd'],
    ['…', ''],
    ['id 0197c0de-0000-7000-8000-000000000000', 'id 019a4711-aaaa-7bbb-8ccc-dddddddddddd'],
    ['at 2026-01-02 03:04:05', 'at 2031-12-31 23:59:59'],
    ['3s ago', '1m30s ago'],
    ['23.5 GiB', '504 GiB'],
    ['*.[(?', '*.[(?'],
  ];
  test.each(agreeing)('%j agrees with %j', (shown, printed) => {
    expect(disagreement(shown.split('\n'), printed.split('\n'))).toBeUndefined();
  });

  const differing: [shown: string, printed: string, line: number][] = [
    ['a', 'b', 0],
    ['a\nb', 'a', 1],
    ['a', 'a\nb', 0],
    ['a\nb\nc', 'a\nx\nc', 1],
    ['a\n…\nd', 'a\nb\nc', 2],
    ['web1 ready', 'web1 failed', 0],
    ['3 hosts', '2 hosts', 0],
    ['took 3s', 'took long', 0],
    ['a.c', 'abc', 0],
  ];
  test.each(differing)('%j does not agree with %j', (shown, printed, line) => {
    expect(disagreement(shown.split('\n'), printed.split('\n'))).toBe(line);
  });
});

describe('running them', () => {
  async function faultsOf(...blocks: string[]): Promise<string[]> {
    using directory = temporaryDirectory();
    const cwd = join(directory.path, 'work');
    mkdirSync(cwd);
    const environment = { PATH: '/usr/bin:/bin', HOME: directory.path };
    const shell = { cwd, environment, prefix: [], scratch: directory.path };
    return await runExamples('docs/page.md', examplesOf(page(...blocks)).steps, shell);
  }

  test('the blocks are run in one shell, on a terminal and without input', async () => {
    const blocks = [
      block('sh run', 'x=1', 'mkdir inner', 'cd inner'),
      block('sh run', 'test -t 1 && ! test -t 0', 'cat; basename "$PWD"; echo "$x"'),
      block('text output', 'inner', '1'),
      block('sh run', '! false', 'if false; then exit 1; fi', 'false || true'),
      block('sh run fails', 'false'),
    ];
    expect(await faultsOf(...blocks)).toEqual([]);
  });

  const faults: [blocks: string[], fault: RegExp][] = [
    [[block('sh run', 'true', 'false', 'true')], /^docs\/page\.md:5: the command failed with exit code 1\n/],
    [[block('sh run', 'true', '', 'no-such-program')], /^docs\/page\.md:6: the command failed with exit code 127\n/],
    [[block('sh run', 'false | true')], /^docs\/page\.md:4: the command failed/],
    [[block('sh run fails', 'true')], /^docs\/page\.md:4: the command should fail, and did not/],
    [[block('sh run', 'echo a; echo b'), block('text output', 'a', 'c')], /^docs\/page\.md:9: .*shows: c\n.*\na\nb$/s],
    [[block('console run', '$ echo a', 'a', '$ echo b', 'c')], /^docs\/page\.md:7: .*shows: c\n/s],
  ];
  test.each(faults)('%j fails at its line', async (blocks, fault) => {
    expect(await faultsOf(...blocks)).toEqual([expect.stringMatching(fault)]);
  });
});
