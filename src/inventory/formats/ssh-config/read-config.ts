import type { Fault, Remark } from '../described-host.ts';
import type { SshClient } from './client.ts';
import type { ConfigLine, Place } from './config-line.ts';
import { hopsOf } from './hops.ts';
import { includedPaths } from './included-paths.ts';
import { knownKeywords, usedKeywords } from './keywords.ts';
import { criteriaOf } from './match.ts';
import { Patterns } from './patterns.ts';
import { fromHome } from './tokens.ts';
import { argumentsOf, delimited } from './words.ts';

/** A configuration with all files that it includes. */
export interface Config {
  lines: readonly ConfigLine[];
  faults: readonly Fault[];
  remarks: readonly Remark[];
}

/**
 * Reads a configuration of ssh. Without a client it cannot include files.
 *
 * Lines that ssh would refuse, or that are not understood, are faults.
 */
export async function readConfig(text: string, client?: SshClient): Promise<Config> {
  const reader = new Reader(client);
  const lines = await reader.lines(text, undefined, 0);
  return { lines, faults: reader.faults, remarks: reader.remarks };
}

/** The most files that may include each other, as in ssh. */
const deepest = 16;

class Reader {
  readonly faults: Fault[] = [];
  readonly remarks: Remark[] = [];
  readonly #client: SshClient | undefined;
  /** Of the first `IgnoreUnknown`: unknown keywords that ssh takes in the lines after it. */
  #ignored: Patterns | undefined;

  constructor(client: SshClient | undefined) {
    this.#client = client;
  }

  async lines(text: string, file: string | undefined, depth: number): Promise<ConfigLine[]> {
    const lines: ConfigLine[] = [];
    for (const [index, whole] of text
      .replace(/^\ufeff/, '')
      .split('\n')
      .entries()) {
      const place: Place = { line: index + 1, ...(file === undefined ? {} : { file }) };
      try {
        const line = await this.#line(whole.replace(/[ \t\r\f]+$/, ''), place, depth);
        if (line !== undefined) lines.push(line);
      } catch (error) {
        this.faults.push({ ...place, message: error instanceof Error ? error.message : String(error) });
      }
    }
    return lines;
  }

  /** Undefined for a line without a keyword. @throws Error when ssh would refuse it */
  async #line(text: string, place: Place, depth: number): Promise<ConfigLine | undefined> {
    const { word: written, rest } = keywordOf(text);
    if (written === '' || written.startsWith('#')) return undefined;
    const words = argumentsOf(rest);
    if (words === undefined) throw new Error('a quotation is not closed');
    if (rest === '') throw new Error(`${written} has no value`);
    const keyword = written.toLowerCase();
    switch (keyword) {
      case 'host':
        if (words.includes('')) throw new Error('a name of Host is empty');
        return { ...place, kind: 'host', words, patterns: new Patterns(words) };
      case 'match':
        return { ...place, kind: 'match', criteria: criteriaOf(rest) };
      case 'include':
        return { ...place, kind: 'include', files: await this.#included(words, place, depth) };
      default:
        if (!knownKeywords.has(keyword) && !this.#ignored?.match(keyword)) {
          throw new Error(`"${written}" is no keyword of ssh_config(5)`);
        }
        if (keyword === 'ignoreunknown') this.#ignored ??= new Patterns(words[0]?.toLowerCase().split(',') ?? []);
        return { ...place, kind: 'option', keyword, written, value: takenValue(keyword, written, words, rest) };
    }
  }

  async #included(patterns: readonly string[], place: Place, depth: number): Promise<ConfigLine[][]> {
    const client = this.#client;
    if (client === undefined) {
      throw new Error(
        'Include cannot be followed here: give the file to `commctl host create --file FILE`, or put the lines of the included files in its place',
      );
    }
    if (depth === deepest) throw new Error('the files include each other too deeply');
    const files: ConfigLine[][] = [];
    for (const pattern of patterns) {
      if (/\$\{|%/.test(pattern)) throw new Error(`Include ${pattern}: write the path out, not every ssh expands it`);
      const path = pattern.startsWith('/')
        ? pattern
        : fromHome(pattern.startsWith('~') ? pattern : `~/.ssh/${pattern}`, client.home);
      const found = await includedPaths(path, client.files);
      if (found.length === 0) this.remarks.push({ ...place, message: `Include ${pattern}: there is no file ${path}` });
      for (const each of found) files.push(await this.lines(await client.files.read(each), each, depth + 1));
    }
    return files;
  }
}

function keywordOf(text: string): { word: string; rest: string } {
  const first = delimited(text.replace(/^[ \t\r]+/, ''));
  if (first === undefined) throw new Error('a quotation is not closed');
  return { word: first.word, rest: first.rest.replace(/^[ \t\r]+/, '') };
}

/** The value as ssh takes it. @throws Error */
function takenValue(keyword: string, written: string, words: readonly string[], rest: string): string {
  const [first = '', ...more] = words;
  if (!usedKeywords.has(keyword)) return words.join(' ');
  if (keyword === 'proxycommand') return rest.replace(/^[\s=]+/, '');
  if (keyword === 'proxyjump') {
    const value = rest.replace(/^[\s=]+/, '');
    hopsOf(value);
    return value;
  }
  if (first === '') throw new Error(`${written} has no value`);
  if (more.length > 0) throw new Error(`${written} takes one value; put one with blanks into quotes`);
  if (keyword !== 'port') return first;
  if (/^\d+$/.test(first) && Number(first) >= 1 && Number(first) <= 65_535) return String(Number(first));
  throw new Error(`"${first}" is no port`);
}
