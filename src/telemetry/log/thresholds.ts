import pino from 'pino';

/** The levels of a log: one for all modules, and those of modules that have their own. */
export interface LogLevels {
  readonly level: string;
  readonly modules?: Readonly<Record<string, string | undefined>> | undefined;
}

/** The lowest rank that is logged, by module. It can change while the server runs. */
export class Thresholds {
  #level = 0;
  #modules = new Map<string, number>();

  constructor(levels: LogLevels) {
    this.set(levels);
  }

  set({ level, modules = {} }: LogLevels): void {
    this.#level = rankOf(level);
    const given = Object.entries(modules).flatMap(([name, own]) => (own === undefined ? [] : [[name, own] as const]));
    this.#modules = new Map(given.map(([name, own]) => [name, rankOf(own)]));
  }

  of(module: string | undefined): number {
    return (module === undefined ? undefined : this.#modules.get(module)) ?? this.#level;
  }
}

/** `silent`, which has no number in pino, is above all other levels. */
export function rankOf(level: string): number {
  return pino.levels.values[level] ?? Number.POSITIVE_INFINITY;
}
