import { isAlias, isMap, isScalar, isSeq, LineCounter, type Pair, parseDocument } from 'yaml';
import type { AppError } from '../lib/errors.ts';
import { mostNesting } from '../lib/nesting.ts';
import { mapAll } from './faults.ts';
import { fault, type Given, type GivenObject, givenScalar, type Member } from './given.ts';

/**
 * Parses JSON or YAML text. JSON is parsed as YAML, so both have positions. Empty text is an empty object.
 *
 * @param source the name of the text in messages, such as that of its file
 * @throws AppError `invalid_configuration` naming line and column of each fault
 */
export function parseGiven(text: string, source: string): Given {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const where = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${source}:${line}:${col}`;
  };
  const faults = [...document.errors, ...document.warnings];
  // The parser reports an error for each level that it did not reach.
  if (faults.some(({ message }) => /call stack/i.test(message))) throw tooDeep(where(0));
  mapAll(faults, (error) => {
    throw fault(where(error.pos[0]), error.message, 'correct it there; the text must be JSON or YAML', error);
  });
  if (document.contents === null) return { kind: 'object', where: where(0), members: [] };
  return givenNode(document.contents, { where, offset: 0, depth: 0 });
}

/**
 * Parses text that must be an object, as every file of the product is.
 *
 * @throws AppError `invalid_configuration` naming line and column
 */
export function parseGivenObject(text: string, source: string): GivenObject {
  const given = parseGiven(text, source);
  if (given.kind === 'object') return given;
  throw fault(given.where, 'the file must hold an object', 'write { "member": value, … }, or its form in YAML');
}

type Where = (offset: number) => string;

interface Surroundings {
  where: Where;
  /** The offset of the enclosing value. */
  offset: number;
  /** The number of enclosing objects and lists. */
  depth: number;
}

function givenNode(node: unknown, { where, offset, depth }: Surroundings): Given {
  const at = where(offsetOf(node, offset));
  if (depth > mostNesting) throw tooDeep(at);
  const inner = { where, offset: 0, depth: depth + 1 };
  if (isMap(node))
    return { kind: 'object', where: at, members: mapAll(node.items, (pair) => givenMember(pair, inner)) };
  if (isSeq(node)) return { kind: 'list', where: at, items: mapAll(node.items, (item) => givenNode(item, inner)) };
  if (isAlias(node)) throw fault(at, 'references to other places are not understood', 'write the value out');
  const value = isScalar(node) ? node.value : node;
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return givenScalar(at, value);
  }
  throw fault(at, 'this is not a value that JSON knows', 'use a string, a number, true, false, a list or an object');
}

function givenMember({ key, value }: Pair, surroundings: Surroundings): Member {
  const offset = offsetOf(key, 0);
  const name = isScalar(key) ? String(key.value) : '';
  return { name, where: surroundings.where(offset), value: givenNode(value, { ...surroundings, offset }) };
}

function tooDeep(where: string): AppError {
  return fault(where, `objects and lists stand more than ${mostNesting} deep in one another`, 'write it flatter');
}

function offsetOf(node: unknown, fallback: number): number {
  const positioned = isMap(node) || isSeq(node) || isScalar(node) || isAlias(node);
  return positioned ? (node.range?.[0] ?? fallback) : fallback;
}
