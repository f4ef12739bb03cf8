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

/** Collects the faults of independent steps, so that a person sees all of them at once. */
export class Faults {
  readonly #found: AppError[] = [];

  /** Returns the result of the work; undefined when it had faults, which are collected. */
  attempt<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#found.push(...faultsOf(error));
      return undefined;
    }
  }

  /** The same for asynchronous work. */
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

  /** Returns the result of the last step; throws when it or an earlier one had faults. */
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

/** The faults in an error. @throws the error when it is no fault of the configuration */
export function faultsOf(error: unknown): readonly AppError[] {
  if (error instanceof ConfigurationFaults) return error.faults;
  if (error instanceof AppError && error.code === 'invalid_configuration') return [error];
  throw error;
}

/** A `map` that continues after a fault and throws all faults together. @throws AppError `invalid_configuration` */
export function mapAll<From, To>(items: readonly From[], read: (item: From) => To): To[] {
  const faults = new Faults();
  const results = items.flatMap((item) => faults.attempt(() => [read(item)]) ?? []);
  faults.end();
  return results;
}

/** Runs all the checks, and throws their faults together. @throws AppError `invalid_configuration` */
export function checkAll(works: Readonly<Record<string, () => unknown>>): void {
  mapAll(Object.values(works), (work) => work());
}
