import { type Document, isCollection, isMap, isSeq, Lexer, LineCounter, parseDocument, visit } from 'yaml';
import { UsageError } from '../usage-error.ts';

/**
 * Checks that cloud-init can read a cloud-config, which must be a mapping, or an archive, which must be a list.
 *
 * @param name of the file, for messages
 * @returns warnings
 * @throws UsageError with the line of the fault
 */
export function checkCloudConfig(text: string, name: string, form: 'mapping' | 'list'): string[] {
  const lines = new LineCounter();
  // cloud-init reads YAML 1.1.
  const document = parseDocument(text, { version: '1.1', lineCounter: lines, prettyErrors: false });
  const lineOf = (offset: number) => Math.max(lines.linePos(offset).line, 1);
  const twice = document.errors.filter(({ code }) => code === 'DUPLICATE_KEY');
  const fault = notYaml(document) ?? tabBetweenTokens(text) ?? notOfForm(document, form);
  if (fault !== undefined) {
    throw new UsageError(`cannot include ${name}: line ${lineOf(fault.at)}: ${fault.what}`, {
      hint: 'correct the line: cloud-init would leave out the whole file',
    });
  }
  return twice.map(
    ({ pos }) => `warning: ${name}, line ${lineOf(pos[0])}: the key is there twice, and the last counts`,
  );
}

interface Fault {
  /** An offset in the text. */
  readonly at: number;
  readonly what: string;
}

/** The first fault for the reader of cloud-init (PyYAML). It knows no tags beyond those of YAML 1.1. */
function notYaml(document: Document.Parsed): Fault | undefined {
  const { errors, warnings } = document;
  const [error] = [
    ...errors.filter(({ code }) => code !== 'DUPLICATE_KEY'),
    ...warnings.filter(({ code }) => code === 'TAG_RESOLVE_FAILED'),
  ];
  if (error !== undefined) return { at: error.pos[0], what: `not YAML that cloud-init reads: ${error.message}` };
  const faults: Fault[] = [];
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) !== undefined) return;
      faults.push({ at: alias.range?.[0] ?? 0, what: `there is no anchor &${alias.source} before the alias` });
    },
    Pair: (_, { key }) => {
      if (!isCollection(key)) return;
      const what = 'a mapping or a list is the key; begin a template with `## template: jinja`';
      faults.push({ at: key.range?.[0] ?? 0, what });
    },
  });
  return faults[0];
}

/** A file without a value has remarks only. */
function notOfForm({ contents }: Document.Parsed, form: 'mapping' | 'list'): Fault | undefined {
  if (contents === null || (form === 'mapping' ? isMap(contents) : isSeq(contents))) return undefined;
  return { at: contents.range[0], what: `not a ${form}, as cloud-init needs it` };
}

/** Before a scalar. */
const scalarMark = '\u001f';
/** Tokens that stand for no character of the text. */
const marks = ['\u0002', '\u0018', scalarMark];

/** A tab that separates tokens. YAML 1.2 allows it; the reader of cloud-init (PyYAML) does not. */
function tabBetweenTokens(text: string): Fault | undefined {
  let offset = 0;
  let before = '';
  for (const token of new Lexer().lex(text)) {
    if (before !== scalarMark && /^[ \t]*\t/.test(token)) {
      return { at: offset, what: 'there is a tab, which cloud-init takes only inside a text' };
    }
    if (!marks.includes(token)) offset += token.length;
    before = token;
  }
  return undefined;
}
