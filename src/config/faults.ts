import { AppError } from '../lib/errors.ts';

/** Several faults of one configuration. The message has a line for each, with the fix. */
export class ConfigurationFaults extends AppError {
  readonly faults: readonly AppError[];

  constructor(faults: readonly AppError[]) {
    const lines = faults.map(({ message, hint }) => (hint === undefined ? message : `${message}; ${hint}`));
    super('invalid_configuration', `the configuration has ${faults.length} faults:\n${lines.join('\n')}`);
    this.faults = faults;
  }
}

/** Keeps the faults of pieces of work that do not depend on each other, so that a person reads of all of them at once. */
export class Faults {
  readonly #found: AppError[] = [];

  /** What the work returns; undefined when it met with faults, which are kept. */
  attempt<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#found.push(...faultsOf(error));
      return undefined;
    }
  }

  /** The same for work that takes its time. */
  async attemptAsync<T>(work: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#found.push(...faultsOf(error));
      return undefined;
    }
  }

  add(fault: AppError): void {
    this.#found.push(fault);
  }

  /** @throws AppError `invalid_configuration` when there were any */
  end(): void {
    const [first, ...others] = this.#found;
    if (first === undefined) return;
    throw others.length === 0 ? first : new ConfigurationFaults(this.#found);
  }

  /** What the last piece of work returns, when there was no fault before it and none in it. */
  conclude<T>(work: () => T): T {
    const done = this.attempt(() => ({ result: work() }));
    this.end();
    if (done === undefined) throw new Error('a fault got lost');
    return done.result;
  }

  get found(): readonly AppError[] {
    return this.#found;
  }
}

/** The faults that an error stands for. @throws the error when it is none of the configuration */
export function faultsOf(error: unknown): readonly AppError[] {
  if (error instanceof ConfigurationFaults) return error.faults;
  if (error instanceof AppError && error.code === 'invalid_configuration') return [error];
  throw error;
}

/** A `map` that goes on after a fault and throws all there are together. @throws AppError `invalid_configuration` */
export function mapAll<From, To>(items: readonly From[], read: (item: From) => To): To[] {
  const faults = new Faults();
  const results = items.flatMap((item) => faults.attempt(() => [read(item)]) ?? []);
  faults.end();
  return results;
}

/** Does all the work, and throws the faults of all of it together. @throws AppError `invalid_configuration` */
export function checkAll(works: Readonly<Record<string, () => unknown>>): void {
  mapAll(Object.values(works), (work) => work());
}
