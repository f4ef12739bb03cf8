import type { Finding, Verdict } from '../../upkeep/doctor/check.ts';
import type { Examination } from '../../upkeep/doctor/examine.ts';
import { commandsWith } from '../command.ts';
import { print } from '../output.ts';
import type { DrawnLine, Terminal } from '../terminal.ts';
import { output } from './output-option.ts';
import { configFile, dataDir } from './place-options.ts';

const { command } = commandsWith<{ terminal: Terminal }>();

/** The exit code of each verdict, which a monitoring program reads. */
const exitCodes: Readonly<Record<Verdict, number>> = { ok: 0, warning: 1, failure: 2 };

export const doctor = command({
  name: 'doctor',
  summary: 'Examine the installation, and say what to do; exit with 1 for warnings, 2 for failures',
  arguments: {},
  options: {
    dataDir,
    configFile,
    output,
  },
  examples: ['commissaire doctor', 'commissaire doctor -o json', 'commissaire doctor --data-dir /var/lib/commissaire'],
  async handler({ terminal }, { dataDir, configFile, output: format }) {
    const { examinedSite } = await import('../../server/examined-site.ts');
    const { examine, unexamined } = await import('../../upkeep/doctor/examine.ts');
    const flags = {
      ...(dataDir === undefined ? {} : { 'data-dir': dataDir }),
      ...(configFile === undefined ? {} : { 'config-file': configFile }),
    };
    const site = examinedSite({ flags, environment: terminal.environment });
    const examination = await site.then((found) => examine(found), unexamined);
    if (format === 'table') await show(terminal, examination);
    else await print({ terminal, format }, { value: examination });
    return exitCodes[examination.verdict];
  },
});

const colours: Readonly<Record<Verdict, number>> = { ok: 32, warning: 33, failure: 31 };

async function show({ stdout, environment }: Terminal, examination: Examination): Promise<void> {
  const isColoured = stdout.isTerminal && (environment.NO_COLOR ?? '') === '';
  const lines = linesOf(examination);
  if (isColoured) await stdout.draw({ erased: 0, lines });
  else await stdout.write(lines.map(({ text }) => `${text}\n`).join(''));
}

/** The findings below their headings, and each remedy below its finding. */
export function linesOf({ findings, counts }: Examination): DrawnLine[] {
  const groups = Map.groupBy(findings, ({ group }) => group);
  const { ok, warning, failure } = counts;
  return [
    ...[...groups].flatMap(([group, found]) => [{ text: `${group}:` }, ...found.flatMap(linesOfFinding), { text: '' }]),
    {
      text: `${ok} ok, ${warning} ${warning === 1 ? 'warning' : 'warnings'}, ${failure} ${failure === 1 ? 'failure' : 'failures'}`,
    },
  ];
}

function linesOfFinding({ check, about, verdict, found, remedy }: Finding): DrawnLine[] {
  const text = `  ${verdict.padEnd(7)}  ${check}${about === undefined ? '' : `, ${about}`}: ${found}`;
  const line = verdict === 'ok' ? { text } : { text, colour: colours[verdict] };
  return remedy === undefined ? [line] : [line, { text: `           ${remedy}` }];
}
