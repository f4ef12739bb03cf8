import { suggestName } from '../../lib/nearest.ts';
import { exitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { showLines } from './pager.ts';
import { pageText } from './pages.ts';
import { type PageLine, renderedPage } from './rendered-page.ts';
import { plain, type Section, sectionsOf } from './sections.ts';
import { type Topic, topics } from './topics.ts';

/** Wider lines are hard to read. */
const widest = 100;
/** Of a file or another program. */
const ofPaper = 80;

interface Asked {
  readonly topic: Topic | undefined;
  /** The heading of a section. */
  readonly words: readonly string[];
}

/**
 * Shows a page, a section of it, or the list of topics, in the pager of a terminal.
 *
 * @throws UsageError for a section that the page does not have
 */
export async function showPage({ topic, words }: Asked, calledAs: string, terminal: Terminal): Promise<number> {
  if (topic === undefined) {
    await showLines(listOfTopics(calledAs), terminal);
    return exitCode.done;
  }
  const { stdout } = terminal;
  const width = stdout.isTerminal ? Math.min(stdout.size().columns, widest) : ofPaper;
  const markdown = sectionFor(topic, await pageText(topic.page), words);
  await showLines(renderedPage(markdown, width), terminal);
  return exitCode.done;
}

function listOfTopics(calledAs: string): PageLine[] {
  const column = Math.max(...topics.map(({ name }) => name.length)) + 4;
  return [
    { text: `Topics of \`${calledAs} help TOPIC\``, isBold: true },
    ...topics.map(({ name, summary }) => ({ text: `  ${name}`.padEnd(column) + summary, isBold: false })),
    { text: '', isBold: false },
    {
      text: `\`${calledAs} help TOPIC SECTION\` shows one section, such as \`${calledAs} help errors host_not_found\`.`,
      isBold: false,
    },
    {
      text: `\`${calledAs} --help\` lists the commands; \`${calledAs} help COMMAND\` shows the help of one.`,
      isBold: false,
    },
  ];
}

/** @throws UsageError */
function sectionFor({ name, section }: Topic, page: string, words: readonly string[]): string {
  const whole = section === undefined ? page : textOf(sectionsOf(page).find(({ title }) => title === section));
  if (words.length === 0) return whole;
  const wanted = plain(words.join(' '));
  const sections = sectionsOf(whole);
  const found =
    sections.find(({ title }) => plain(title) === wanted) ??
    sections.find(({ title }) => plain(title).includes(wanted));
  if (found !== undefined) return textOf(found);
  throw new UsageError(`the page ${name} has no section "${words.join(' ')}"`, {
    hint: suggestName(
      wanted,
      sections.filter(({ level }) => level > 1).map(({ title }) => plain(title)),
    ),
  });
}

function textOf(section: Section | undefined): string {
  return section?.lines.join('\n') ?? '';
}
