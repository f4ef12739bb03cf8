/**
 * What differs from run to run, under names that do not: of the same width, so that a table is as wide as it was. Only
 * values known to the test and forms that nothing else has are replaced.
 */
export class StandIns {
  readonly #values: readonly (readonly [real: string, shown: string])[];
  readonly #ids = new Map<string, string>();

  /** @param values the ones of this run, longer ones before those they contain */
  constructor(values: readonly (readonly [real: string, shown: string])[]) {
    this.#values = values;
  }

  /** A line of a session as it is run here. @throws Error when it names an id that has not been shown yet */
  real(text: string): string {
    const exact = this.#values.reduce((line, [real, shown]) => line.replaceAll(shown, real), text);
    return exact.replace(shownId, (shown) => {
      const found = [...this.#ids].find(([, name]) => name === shown);
      if (found === undefined) throw new Error(`no command before has shown an id that ${shown} stands for`);
      return found[0];
    });
  }

  /** What was printed here as the session has it. */
  shown(text: string): string {
    const exact = this.#values.reduce((line, [real, shown]) => line.replaceAll(real, shown), text);
    const named = exact.replace(anyId, (id) => this.#nameOf(id));
    return forms.reduce((line, [form, shown]) => line.replace(form, shown), named);
  }

  #nameOf(id: string): string {
    const name = this.#ids.get(id) ?? idPrefix + String(this.#ids.size + 1).padStart(12, '0');
    this.#ids.set(id, name);
    return name;
  }
}

const idPrefix = '0197c0de-0000-7000-8000-';
const shownId = /0197c0de-0000-7000-8000-\d{12}/g;
const anyId = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Times, what a handshake takes, what this machine is, and what is drawn by lot. */
const forms: readonly (readonly [RegExp, string])[] = [
  // Of the audit trail.
  [/\b[0-9a-f]{64}\b/g, '0'.repeat(64)],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}/g, 'YYYY-MM-DDThh:mm:ss.uuuuuu'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, 'YYYY-MM-DDThh:mm:ss.mmmZ'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'YYYY-MM-DDThh:mm:ssZ'],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'YYYY-MM-DD hh:mm:ss'],
  // A backup is named after the machine, whose name may have any length.
  [/[\w.-]+-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ(-\d+)?\.backup/g, 'jump-YYYY-MM-DDThh-mm-ssZ.backup'],
  [/(\bsize"?:? +)\d+(?=,?$)/gm, '$1N'],
  // As wide as they were, where something follows.
  [/\b\d[smhd] ago/g, 'Ns ago'],
  [/\b\d{2}[smhd] ago(?= )/g, 'Ns ago '],
  [/\b\d{3}[smhd] ago(?= )/g, 'Ns ago  '],
  [/\b\d{2,3}[smhd] ago/g, 'Ns ago'],
  [/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, 'eyJ….…'],
  [/(expires_in"?:? +)\d+/g, '$1N'],
  [/\d+ ms each/g, 'N ms each'],
  [/(latency_ms"?): \d+/g, '$1: N'],
  [/\$2b\$(\d\d)\$[./A-Za-z0-9]{53}/g, `$2b$$$1$$${'h'.repeat(53)}`],
];
