import type { PageLine } from '../help/rendered-page.ts';
import { renderedPage } from '../help/rendered-page.ts';
import { indented } from '../wrapped.ts';
import type { Explanation } from './explanation.ts';
import type { Member } from './members.ts';

/** An explanation for a person. */
export function explanationLines(explanation: Explanation, width: number): PageLine[] {
  switch (explanation.kind) {
    case 'list':
      return [
        heading('Nouns of `commctl explain NOUN`'),
        ...pairs(
          explanation.nouns.map(({ name, summary }) => [name, summary]),
          width,
        ),
        ...readMore('`commctl explain NOUN.MEMBER` explains a member, `commctl explain CODE` an error code.'),
      ];
    case 'noun': {
      const { name, summary, members, given, topic } = explanation;
      return [
        heading(`${name}: ${summary}`),
        ...(members.length === 0 ? [] : listed('Members:', members, width)),
        ...(given.length === 0 ? [] : listed('Only in a request:', given, width)),
        ...readMore(`Read more: commctl help ${topic}`),
      ];
    }
    case 'member':
      return [
        heading(`${explanation.path} (${explanation.member.type})`),
        ...memberLines(explanation.member, width),
        ...readMore(`Read more: commctl help ${explanation.topic}`),
      ];
    case 'error': {
      const { code, title, status, text } = explanation;
      return [
        heading(`${code}: ${title} (HTTP ${status})`),
        plain(''),
        ...renderedPage(text, width),
        ...readMore('Read more: commctl help errors'),
      ];
    }
  }
}

function memberLines({ description, form, values, members, ...member }: Member & { default?: unknown }, width: number) {
  return [
    ...paragraph(sentence(description), width),
    ...(form === undefined || values.length > 0 ? [] : [plain(''), ...paragraph(`Given, it must be ${form}.`, width)]),
    ...(member.default === undefined ? [] : [plain(''), plain(`  Default: ${JSON.stringify(member.default)}`)]),
    ...(values.length === 0 ? [] : [plain(''), heading('Values:'), ...pairs(values, width)]),
    ...(members.length === 0 ? [] : listed('Members:', members, width)),
  ];
}

function listed(title: string, members: readonly Member[], width: number): PageLine[] {
  return [
    plain(''),
    heading(title),
    ...pairs(
      members.map(({ name, type, description }) => [name, `(${type}) ${description}`]),
      width,
    ),
  ];
}

/** Terms with their texts, in two columns. */
function pairs(items: readonly (readonly [string, string])[], width: number): PageLine[] {
  const column = Math.max(...items.map(([term]) => term.length)) + 4;
  return items.flatMap(([term, text]) => {
    const [first = '', ...more] = indented(text, { width, indent: ' '.repeat(column) });
    return [`  ${term}`.padEnd(column) + first.slice(column), ...more].map((line) => plain(line.trimEnd()));
  });
}

function paragraph(text: string, width: number): PageLine[] {
  return indented(text, { width, indent: '  ' }).map(plain);
}

function readMore(text: string): PageLine[] {
  return [plain(''), plain(text)];
}

function heading(text: string): PageLine {
  return { text, isBold: true };
}

function plain(text: string): PageLine {
  return { text, isBold: false };
}

function sentence(text: string): string {
  return text === '' || /[.!?]$/.test(text) ? text : `${text}.`;
}
