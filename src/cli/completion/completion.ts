import { whole } from '../cell.ts';
import { type Context, command, group } from '../context.ts';
import { contextCandidates } from '../contexts/candidates.ts';
import type { Group, RawValues } from '../declaration.ts';
import { exitCode } from '../exit-code.ts';
import { laidOut } from '../laid-out.ts';
import { printable } from '../printable.ts';
import { table } from '../table.ts';
import { askServer } from './ask-server.ts';
import { type Asked, type Candidate, type Completed, candidatesFor } from './candidates.ts';
import { type Shell, scripts } from './scripts.ts';

/** The commands with which a shell completes the words of a program. */
export function completion(program: () => Completed<Context>): Group<Context> {
  const words = command({
    name: 'words',
    summary: 'Print the candidates for the next word of a command line; the completion scripts call this',
    arguments: {
      words: {
        summary: 'the words of the line so far, the last one possibly incomplete',
        optional: true,
        many: true,
        verbatim: true,
      },
    },
    options: {},
    examples: ['commctl completion words -- cluster re'],
    async handler({ terminal, contexts }, { words: line }) {
      const { words: declared, files, asked, globals = {} } = candidatesFor(program(), line);
      const words = [...declared, ...(await namesFor({ terminal, contexts }, asked, globals))];
      const lines = terminal.stdout.isTerminal
        ? laidOut(table(words.map(({ word, summary }) => [whole(word), whole(summary)])))
        : words.map(betweenTabs);
      await terminal.stdout.write([...lines, ...(files ? [':files'] : [])].map((each) => `${each}\n`).join(''));
      return exitCode.done;
    },
  });
  return group('completion', 'Make your shell complete commands and options', [
    script('bash', 'source <(commctl completion bash)'),
    script('zsh', 'source <(commctl completion zsh)'),
    script('fish', 'commctl completion fish | source'),
    words,
  ]);
}

/** The names that may come next, without those that do not fit what was typed. */
async function namesFor(
  { terminal, contexts }: Pick<Context, 'terminal' | 'contexts'>,
  asked: Asked | undefined,
  globals: RawValues,
): Promise<readonly Candidate[]> {
  if (asked === undefined) return [];
  const { what, current, before } = asked;
  if (what !== 'context') return askServer({ terminal }, { what, current, before }, globals);
  const found = (await contextCandidates(contexts)).filter(({ word }) => word.startsWith(current));
  return found.map(({ word, summary }) => ({ word: before + word, summary }));
}

/** The form that the scripts read. */
function betweenTabs({ word, summary }: Candidate): string {
  return summary === '' ? word : `${word}\t${printable(summary)}`;
}

function script(shell: Shell, use: string) {
  return command({
    name: shell,
    summary: `Print the completion of ${shell}: ${use}`,
    arguments: {},
    options: {},
    examples: [`commctl completion ${shell}`],
    async handler({ terminal }) {
      await terminal.stdout.write(scripts[shell]);
      return exitCode.done;
    },
  });
}
