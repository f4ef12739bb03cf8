import { readFile } from 'node:fs/promises';
import { withoutByteOrderMark } from '../lib/byte-order-mark.ts';
import { suggestName } from '../lib/nearest.ts';
import { rebootTimeoutRange } from '../lib/reboot-timeout.ts';
import { systemReason } from '../lib/system-reason.ts';
import type { Options, OptionValues } from './declaration.ts';
import { underHeading } from './help/under-heading.ts';
import { UsageError } from './usage-error.ts';
import { windowOf } from './window-option.ts';

const share = 'N|N%';
/** Seconds, as the schema of a strategy bounds them. */
const duration = { type: 'duration', minimum: 0, maximum: 604_800 } as const;

const allOptions = {
  strategy: {
    type: 'text',
    placeholder: 'FILE',
    summary: 'file in YAML or JSON, which these options override',
  },
  batch: { type: 'text', placeholder: `${share},…`, summary: 'size of a batch, or of each batch in turn: 1,10%,50%' },
  concurrency: {
    type: 'integer',
    minimum: 0,
    placeholder: 'N',
    summary: 'hosts of a batch in flight at the same time; 0 for all',
  },
  maxFailures: { type: 'text', placeholder: share, summary: 'number of failed hosts at which the operation stops' },
  maxUnreachable: { type: 'text', placeholder: share, summary: 'the same for unreachable hosts, counted separately' },
  onFailure: {
    type: 'text',
    choices: ['stop', 'continue', 'pause'],
    placeholder: 'WHAT',
    summary: 'what to do at these limits',
  },
  order: { type: 'text', placeholder: 'ORDER', summary: 'order of the hosts: listed, name, random or label:KEY' },
  seed: { type: 'integer', placeholder: 'N', summary: 'seed of the random order' },
  pauseBetween: { ...duration, summary: 'time between one batch and the next' },
  promote: {
    type: 'text',
    choices: ['auto', 'manual'],
    placeholder: 'HOW',
    summary: 'manual: wait for promote after the first batch',
  },
  gateCommand: { type: 'list', placeholder: 'COMMAND', summary: 'command that must exit 0 on the machine; repeatable' },
  gateTcp: { type: 'list', placeholder: 'PORT', summary: 'port that must be open on the machine; repeatable' },
  gateHttp: {
    type: 'list',
    placeholder: 'URL',
    summary: 'URL that must answer 2xx; {address} is the machine; repeatable',
  },
  gateHttpMachine: {
    type: 'list',
    placeholder: 'URL',
    summary: 'the same, requested on the machine itself; repeatable',
  },
  gateNodeReady: { type: 'flag', summary: 'the container manager must report the node as ready' },
  minHealthyTime: { ...duration, summary: 'time the gates must hold without interruption' },
  healthyDeadline: { ...duration, summary: 'time the gates may take until they hold' },
  timeout: { ...duration, summary: 'time for one machine; 0 for no limit' },
  runTimeout: { ...duration, summary: 'time after which no more hosts are started; 0 for no limit' },
  retries: {
    type: 'integer',
    minimum: 0,
    maximum: 100,
    placeholder: 'N',
    summary: 'further attempts to reach an unreachable machine',
  },
  retryBackoff: { ...duration, summary: 'time before the first retry, doubled each time' },
  window: {
    type: 'text',
    placeholder: 'WINDOW',
    summary: "when hosts may be started: 'mon-fri 22:00-04:00 UTC'",
  },
  reason: { type: 'text', placeholder: 'TEXT', summary: 'reason for the operation; kept with the record' },
} as const satisfies Options;

/** Those that a help has no room to explain; `commctl help strategies` does. */
const lessUsed = [
  'maxUnreachable',
  'order',
  'seed',
  'pauseBetween',
  'gateCommand',
  'gateTcp',
  'gateHttp',
  'gateHttpMachine',
  'gateNodeReady',
  'minHealthyTime',
  'healthyDeadline',
  'runTimeout',
  'promote',
  'retries',
  'retryBackoff',
  'reason',
] as const;

/** The options of a strategy that fit every kind of operation. The server knows the defaults. */
export const strategyOptions = underHeading('Strategy options', allOptions, lessUsed);

/** For kinds that reboot hosts. */
export const rebootTimeoutOption = underHeading(
  'Strategy options',
  {
    rebootTimeout: {
      type: 'duration',
      minimum: rebootTimeoutRange[0],
      maximum: rebootTimeoutRange[1],
      summary: 'time that a machine may take to come back from a reboot',
    },
  },
  ['rebootTimeout'],
);

/** For kinds after which hosts may be rebooted. */
export const rebootOptions = {
  reboot: {
    heading: 'Strategy options',
    type: 'text',
    choices: ['never', 'if-needed', 'always'],
    placeholder: 'WHEN',
    summary: 'when to reboot after an upgrade or a deploy',
  },
  ...rebootTimeoutOption,
} as const satisfies Options;

/** For kinds that never reboot hosts, or always. */
export const refusedReboot = {
  reboot: { ...rebootOptions.reboot, refused: 'It is for upgrade and deploy, after which hosts may be rebooted.' },
} as const satisfies Options;

/** For kinds that never reboot hosts. */
export const refusedRebootOptions = {
  ...refusedReboot,
  rebootTimeout: { ...rebootOptions.rebootTimeout, refused: 'It is for operations that reboot hosts.' },
} as const satisfies Options;

/** The values of the options that the command has. */
type GivenStrategy = OptionValues<typeof strategyOptions> & Partial<OptionValues<typeof rebootOptions>>;

/**
 * The given strategy, with the file as its base; undefined when nothing was given.
 *
 * @throws UsageError
 */
export async function strategyOf(values: GivenStrategy): Promise<Record<string, unknown> | undefined> {
  const base = values.strategy === undefined ? {} : await strategyFile(values.strategy);
  const { batch, maxFailures, maxUnreachable, window } = values;
  const gates = gatesOf(values);
  const said = {
    batch: batch === undefined ? undefined : batchOf(batch),
    concurrency: values.concurrency,
    max_failures: maxFailures === undefined ? undefined : shareOf('--max-failures', maxFailures),
    max_unreachable: maxUnreachable === undefined ? undefined : shareOf('--max-unreachable', maxUnreachable),
    on_failure: values.onFailure,
    order: values.order,
    seed: values.seed,
    pause_between: values.pauseBetween,
    promote: values.promote,
    gates: gates.length === 0 ? undefined : gates,
    min_healthy_time: values.minHealthyTime,
    healthy_deadline: values.healthyDeadline,
    timeout: values.timeout,
    run_timeout: values.runTimeout,
    retries: values.retries,
    retry_backoff: values.retryBackoff,
    window: window === undefined ? undefined : windowOf(window),
    reboot: values.reboot,
    reboot_timeout: values.rebootTimeout,
    reason: values.reason,
  };
  const given = Object.entries(said).filter(([, value]) => value !== undefined);
  const strategy = { ...base, ...Object.fromEntries(given) };
  return Object.keys(strategy).length === 0 ? undefined : strategy;
}

function batchOf(text: string): number | string | (number | string)[] {
  const [first, ...more] = text.split(',').map((part) => shareOf('--batch', part.trim()));
  return more.length === 0 && first !== undefined ? first : [first ?? 1, ...more];
}

/** @throws UsageError */
export function shareOf(option: string, text: string): number | string {
  if (/^(100|[1-9]?[0-9])%$/.test(text)) return text;
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`${option}: "${text}" is no number of hosts`, {
    hint: 'give a count such as 5, or a percentage such as 10%',
  });
}

function gatesOf(given: OptionValues<typeof strategyOptions>): object[] {
  const { gateCommand, gateTcp, gateHttp, gateHttpMachine, gateNodeReady } = given;
  return [
    ...gateCommand.map((command) => ({ command })),
    ...gateTcp.map((port) => ({ tcp: portOf(port) })),
    ...gateHttp.map((http) => ({ http })),
    ...gateHttpMachine.map((http) => ({ http, from: 'machine' })),
    ...(gateNodeReady ? [{ node_ready: true }] : []),
  ];
}

function portOf(text: string): number {
  if (/^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new UsageError(`--gate-tcp: "${text}" is no port`, { hint: 'give a number from 1 to 65535' });
}

/** The server validates the values, and ignores members that it does not know: those are checked here. */
async function strategyFile(path: string): Promise<Record<string, unknown>> {
  const { parse } = await import('yaml');
  const parsed = await textOf(path)
    .then((text): unknown => parse(text))
    .catch((error: unknown) => {
      if (error instanceof UsageError) throw error;
      const [problem] = String(error instanceof Error ? error.message : error).split('\n');
      throw new UsageError(`${path}: neither YAML nor JSON: ${problem}`, { cause: error });
    });
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
    await checkNames(path, Object.keys(parsed));
    return { ...parsed };
  }
  throw new UsageError(`${path}: a strategy is an object with members such as batch and max_failures`);
}

/** The schema is loaded only for a file: no other command line needs it. @throws UsageError */
async function checkNames(path: string, names: readonly string[]): Promise<void> {
  const { Strategy } = await import('../operations/strategy.ts');
  const known = Object.keys(Strategy.properties);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new UsageError(`${path}: "${unknown}" is not a member of a strategy`, { hint: suggestName(unknown, known) });
}

async function textOf(path: string): Promise<string> {
  try {
    return withoutByteOrderMark(await readFile(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`cannot read the strategy ${path}: ${systemReason(error)}`, { cause: error });
  }
}
