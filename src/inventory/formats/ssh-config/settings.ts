import { isIP } from 'node:net';
import type { Fault } from '../described-host.ts';
import type { SshClient } from './client.ts';
import type { ConfigLine, HostLine, OptionLine, Place } from './config-line.ts';
import { hopsOf } from './hops.ts';
import { holds, type Subject } from './match.ts';
import { expanded } from './tokens.ts';

/** What ssh would do for a name: `ssh -G NAME`. */
export interface Settings {
  name: string;
  /** The name or address to connect to. */
  host: string;
  /** The first line of each keyword that applies. */
  options: ReadonlyMap<string, OptionLine>;
  /** Of all lines that apply, not expanded yet. */
  identityFiles: readonly string[];
  /** The `Host` lines that apply. */
  matched: ReadonlySet<HostLine>;
  /** Lines that cannot be judged for this name. */
  faults: readonly Fault[];
}

/** What the command line of ssh says before any line does. */
export interface Given {
  user?: string;
  port?: string;
}

/**
 * The settings for a name on ssh's command line. The configuration is read again for the name that was found when it
 * has a `Match final`, as in ssh.
 */
export function settingsOf(
  lines: readonly ConfigLine[],
  name: string,
  client?: SshClient,
  given: Given = {},
): Settings {
  const evaluation = new Evaluation(name, client);
  for (const [keyword, value] of Object.entries(given)) evaluation.give(keyword, value);
  evaluation.read(lines, { host: name, active: true, ignored: false, final: false });
  const written = evaluation.host(name);
  const host = isIP(written) === 0 && !written.includes('%') ? written.toLowerCase() : written;
  if (evaluation.wantsFinal) {
    evaluation.give('hostname', host);
    evaluation.read(lines, { host, active: true, ignored: false, final: true });
  }
  const { options, identityFiles, matched, faults } = evaluation;
  return { name, host, options, identityFiles, matched, faults };
}

interface Reading {
  /** What `Host` lines are compared with. */
  host: string;
  /** Whether the lines apply, before the first `Host` or `Match`. */
  active: boolean;
  /** In a file whose `Include` does not apply: none of its lines does. */
  ignored: boolean;
  final: boolean;
}

class Evaluation {
  readonly options = new Map<string, OptionLine>();
  readonly identityFiles: string[] = [];
  readonly matched = new Set<HostLine>();
  readonly faults: Fault[] = [];
  wantsFinal = false;
  readonly #name: string;
  readonly #client: SshClient | undefined;

  constructor(name: string, client: SshClient | undefined) {
    this.#name = name;
    this.#client = client;
  }

  give(keyword: string, value: string): void {
    this.options.set(keyword, { kind: 'option', line: 0, keyword, written: keyword, value });
  }

  read(lines: readonly ConfigLine[], { active: before, ...reading }: Reading): void {
    let active = before;
    for (const line of lines) {
      switch (line.kind) {
        case 'host':
          active = !reading.ignored && line.patterns.match(reading.host);
          if (active) this.matched.add(line);
          break;
        case 'match':
          this.wantsFinal ||= line.criteria.some(({ kind }) => kind === 'final');
          active = !reading.ignored && this.#judged(line, () => holds(line.criteria, this.#subject(reading)), false);
          break;
        case 'include':
          for (const file of line.files) {
            this.read(file, { ...reading, active, ignored: reading.ignored || !active });
          }
          break;
        case 'option':
          if (active) this.#take(line);
      }
    }
  }

  /** The name to connect to, as far as the lines were read. */
  host(name: string): string {
    const line = this.options.get('hostname');
    return line === undefined ? name : this.#judged(line, () => expanded(line.value, { h: name }), name);
  }

  #subject({ host, final }: Omit<Reading, 'active'>): Subject {
    return {
      // The second time the name is expanded already.
      host: final ? host : this.host(host),
      originalHost: this.#name,
      user: this.options.get('user')?.value ?? this.#client?.remoteUser ?? this.#client?.user,
      localUser: this.#client?.user,
      final,
    };
  }

  #judged<T>({ line, file }: Place, judge: () => T, otherwise: T): T {
    try {
      return judge();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.faults.push({ line, ...(file === undefined ? {} : { file }), message });
      return otherwise;
    }
  }

  /** `ProxyJump` and `ProxyCommand` compete: the first wins. Only `ProxyJump none` lets a command come after it. */
  #take(line: OptionLine): void {
    const { keyword, value } = line;
    const jump = this.options.get('proxyjump');
    if (keyword === 'identityfile') {
      if (!this.identityFiles.includes(value)) this.identityFiles.push(value);
    } else if (this.options.has(keyword)) return;
    else if (keyword === 'proxyjump' && this.options.has('proxycommand')) return;
    else if (keyword === 'proxycommand' && jump !== undefined && hopsOf(jump.value).length > 0) return;
    else this.options.set(keyword, line);
  }
}
