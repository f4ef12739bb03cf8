/** Commands of a page that run together. */
export interface Step {
  /** Of the first command in the page, from 1. */
  readonly line: number;
  readonly code: string;
  /** What the commands print, as the page shows it. Undefined where the page shows nothing. */
  readonly output?: { readonly line: number; readonly lines: readonly string[] };
  /** Whether the last command must fail. */
  readonly fails: boolean;
}

/** What a page finds: nothing but the program, machines too, or machines and a server that knows them. */
export type Stage = 'plain' | 'machines' | 'site';

export interface Examples {
  readonly stage: Stage;
  readonly steps: readonly Step[];
}

interface Fence {
  readonly line: number;
  readonly info: readonly string[];
  readonly lines: readonly string[];
}

/**
 * The runnable examples of a page: `sh run` has commands, and a `text output` behind it what they print; `console run`
 * has lines with `$ ` and below each what it prints. `site` and `machines` ask for a stage, `fails` says that the last command fails.
 *
 * @throws Error for words that mean nothing here, and an output without commands
 */
export function examplesOf(markdown: string): Examples {
  const steps: Step[] = [];
  let stage: Stage = 'plain';
  let last: Fence | undefined;
  for (const fence of fencesOf(markdown)) {
    const [language = '', mark, ...words] = fence.info;
    if (mark === 'run') {
      if (language !== 'sh' && language !== 'console') throw unknown(fence);
      if (words.some((word) => !['site', 'machines', 'fails'].includes(word))) throw unknown(fence);
      if (words.includes('site')) stage = 'site';
      else if (words.includes('machines') && stage === 'plain') stage = 'machines';
      const fails = words.includes('fails');
      steps.push(...(language === 'sh' ? [commandsOf(fence, fails)] : sessionOf(fence, fails)));
    } else if (mark === 'output') {
      if (language !== 'text' || words.length > 0) throw unknown(fence);
      const step = last?.info[0] === 'sh' && last.info[1] === 'run' ? steps.pop() : undefined;
      if (step === undefined) throw new Error(`line ${fence.line}: the output belongs to no "sh run" before it`);
      steps.push({ ...step, output: { line: fence.line + 1, lines: fence.lines } });
    }
    last = fence;
  }
  return { stage, steps };
}

function unknown({ line, info }: Fence): Error {
  return new Error(`line ${line}: "${info.join(' ')}" is no mark of an example; see docs/runnable-examples.md`);
}

function commandsOf({ line, lines }: Fence, fails: boolean): Step {
  if (lines.every((each) => each.trim() === '')) throw new Error(`line ${line}: there is nothing to run`);
  return { line: line + 1, code: lines.join('\n'), fails };
}

/** A line that ends with a backslash goes on in the next one. */
function sessionOf({ line, lines }: Fence, fails: boolean): Step[] {
  const steps: { line: number; code: string[]; output: string[]; outputLine: number }[] = [];
  for (const [index, each] of lines.entries()) {
    const step = steps.at(-1);
    const number = line + 1 + index;
    if (each.startsWith('$ ')) {
      steps.push({ line: number, code: [each.slice(2)], output: [], outputLine: number + 1 });
    } else if (step === undefined) {
      throw new Error(`line ${number}: a session begins with "$ " and a command`);
    } else if (step.output.length === 0 && step.code.at(-1)?.endsWith('\\') === true) {
      step.code.push(each);
      step.outputLine = number + 1;
    } else {
      step.output.push(each);
    }
  }
  if (steps.length === 0) throw new Error(`line ${line}: there is nothing to run`);
  return steps.map(({ line: at, code, output, outputLine }, index) => ({
    line: at,
    code: code.join('\n'),
    fails: fails && index === steps.length - 1,
    ...(output.length === 0 ? {} : { output: { line: outputLine, lines: output } }),
  }));
}

function fencesOf(markdown: string): Fence[] {
  const fences: Fence[] = [];
  let open: { line: number; info: string[]; lines: string[]; mark: string } | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    const [, mark = '', info = ''] = /^(`{3,})(.*)$/.exec(line) ?? [];
    if (open === undefined) {
      if (mark !== '') open = { line: index + 1, info: info.trim().split(/\s+/), lines: [], mark };
    } else if (mark.length >= open.mark.length && info.trim() === '') {
      fences.push(open);
      open = undefined;
    } else {
      open.lines.push(line);
    }
  }
  return fences;
}
