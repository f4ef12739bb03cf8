import { abortable } from '../../lib/abortable.ts';
import { Deadline } from '../../lib/deadline.ts';
import { AppError, describeError } from '../../lib/errors.ts';
import { type Check, type Finding, type Found, groups, type Site, type Verdict } from './check.ts';
import { checks } from './checks.ts';

export interface Examination {
  /** The worst verdict of all findings. */
  readonly verdict: Verdict;
  /** How many findings have each verdict. */
  readonly counts: Readonly<Record<Verdict, number>>;
  /** By group, in the order of the checks. */
  readonly findings: readonly Finding[];
}

/** What one check may take. */
const patienceMs = 8_000;

/** Runs all checks at once. Never throws: a check that fails, or takes too long, is a finding. */
export async function examine(
  site: Site,
  among: readonly Check[] = checks,
  deadlineMs = patienceMs,
): Promise<Examination> {
  const found = (await Promise.all(among.map((check) => findingsOf(check, site, deadlineMs)))).flat();
  const findings = groups.flatMap((group) => found.filter((each) => each.group === group));
  const counts = { ok: 0, warning: 0, failure: 0 };
  for (const { verdict } of findings) counts[verdict] += 1;
  const verdict = counts.failure > 0 ? 'failure' : counts.warning > 0 ? 'warning' : 'ok';
  return { verdict, counts, findings };
}

/** The finding when not even the configuration can be read. @throws the error, when it is not an expected one */
export function unexamined(error: unknown): Examination {
  if (!(error instanceof AppError)) throw error;
  const remedy = error.hint ?? 'run this as root, or as the user of the server';
  const finding = {
    check: 'configuration',
    group: 'configuration',
    verdict: 'failure',
    found: error.message,
    remedy,
  } as const;
  return { verdict: 'failure', counts: { ok: 0, warning: 0, failure: 1 }, findings: [finding] };
}

async function findingsOf(check: Check, site: Site, deadlineMs: number): Promise<Finding[]> {
  const { name, group } = check;
  const found = await foundBy(check, site, deadlineMs);
  return found.map((each) => ({ check: name, group, ...each }));
}

async function foundBy(check: Check, site: Site, deadlineMs: number): Promise<readonly Found[]> {
  using deadline = new Deadline(deadlineMs, () => new TookTooLong(deadlineMs));
  try {
    return await abortable(Promise.resolve(check.run(site, deadline.signal)), deadline.signal);
  } catch (error) {
    if (error instanceof TookTooLong) return [{ verdict: 'warning', found: error.message, remedy: 'run it again' }];
    const remedy = error instanceof AppError ? error.hint : undefined;
    const found = error instanceof AppError ? error.message : `could not be examined: ${describeError(error)}`;
    return [{ verdict: 'failure', found, remedy: remedy ?? 'run this as root, or as the user of the server' }];
  }
}

class TookTooLong extends Error {
  constructor(ms: number) {
    super(`was not examined within ${ms / 1000} s`);
  }
}
