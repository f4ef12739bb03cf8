import { commandsWith } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { dataDir } from './place-options.ts';

const { command, group } = commandsWith<{ terminal: Terminal }>();

const verify = command({
  name: 'verify',
  summary: 'Verify the audit trail; if it was changed, name the first wrong entry and exit with 1',
  arguments: { file: { summary: 'an exported trail instead of that of the server', optional: true, file: true } },
  options: {
    dataDir,
    head: { type: 'text', placeholder: 'HASH', summary: 'a hash noted earlier, which one of the entries must have' },
  },
  examples: ['commissaire audit verify', 'commissaire audit verify --data-dir /var/lib/commissaire trail.jsonl'],
  async handler({ terminal }, { file, dataDir, head }) {
    const { verifyExport, verifyTrail } = await import('../../server/audit-trail.ts');
    const verdict =
      file === undefined
        ? await verifyTrail({ dataDir, environment: terminal.environment }, head)
        : { ...(await verifyExport(file, head)), removed: 0 };
    if (!verdict.whole) {
      await terminal.stdout.write(`the audit trail is broken at entry ${verdict.sequence}: ${verdict.reason}\n`);
      return exitCode.failed;
    }
    const { first, last, removed } = verdict;
    const lines = [
      last.sequence < first
        ? 'the audit trail is empty'
        : `the audit trail is whole, from entry ${first} to ${last.sequence}`,
      ...(removed === 0 ? [] : [`the ${removed} before it were removed, as audit-limit has it`]),
      `it ends with ${last.hash}`,
    ];
    await terminal.stdout.write(`${lines.join('\n')}\n`);
    return exitCode.done;
  },
});

const exportTrail = command({
  name: 'export',
  summary: 'Print the audit trail as JSON lines, oldest entry first',
  arguments: {},
  options: {
    dataDir,
    since: {
      type: 'text',
      placeholder: 'TIME',
      summary: 'only entries from that time on, such as 2026-01-31T12:30 in UTC',
    },
  },
  examples: ['commissaire audit export >trail.jsonl', 'commissaire audit export --since 2026-01-31'],
  async handler({ terminal }, { dataDir, since }) {
    const { exportTrail } = await import('../../server/audit-trail.ts');
    const lines = new Lines(terminal);
    const place = { dataDir, environment: terminal.environment };
    const head = await exportTrail(place, since, (entry) => lines.add(JSON.stringify(entry)));
    await lines.flush();
    const end = head === undefined ? 'is empty' : `ends with entry ${head.sequence}, ${head.hash}`;
    await terminal.stderr.write(`the audit trail ${end}\n`);
    return exitCode.done;
  },
});

export const audit = group('audit', 'Verify and export the audit trail', [verify, exportTrail]);

const chunkLength = 64 * 1024;

/** Writes many lines at once instead of one at a time. */
class Lines {
  readonly #terminal: Terminal;
  #text = '';

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** False when the reader has closed the output. */
  async add(line: string): Promise<boolean> {
    this.#text += `${line}\n`;
    return this.#text.length < chunkLength || this.flush();
  }

  flush(): Promise<boolean> {
    const text = this.#text;
    this.#text = '';
    return this.#terminal.stdout.write(text);
  }
}
