import { AppError } from '../lib/errors.ts';
import type { Kind } from './kind.ts';
import { defaultStrategy, type SpecificMember, type Strategy } from './strategy.ts';

/**
 * Checks that the kind uses the given members of a strategy, so that nobody waits for a reboot that never comes. A
 * strategy that says `reboot: never` fits every kind.
 *
 * @throws AppError `invalid_member` naming the member and the kind
 */
export function checkFit(kind: Kind, given: Partial<Strategy>, kinds: Iterable<Kind>): void {
  const { reboot = defaultStrategy.reboot, reboot_timeout } = given;
  if (reboot !== 'never' && !uses(kind, 'reboot')) throw unused(kind, 'reboot', kinds);
  if (reboot_timeout === undefined) return;
  if (!uses(kind, 'reboot_timeout')) throw unused(kind, 'reboot_timeout', kinds);
  if (kind.reboots?.({ reboot }) === 'never') throw idleTimeout(kind);
}

function uses(kind: Kind, member: SpecificMember): boolean {
  return kind.uses?.includes(member) ?? false;
}

function unused(kind: Kind, member: SpecificMember, kinds: Iterable<Kind>): AppError {
  const others = [...kinds].filter((each) => uses(each, member)).map(({ name }) => name);
  const hint = others.length === 0 ? 'leave it out' : `leave it out: it is for ${others.join(', ')}`;
  return misfit(kind, member, `the kind ${kind.name} does not use it`, hint);
}

function idleTimeout(kind: Kind): AppError {
  const problem = `the kind ${kind.name} reboots no host here, because reboot is "never"`;
  return misfit(
    kind,
    'reboot_timeout',
    problem,
    'leave it out, or say with reboot when to reboot: if-needed or always',
  );
}

function misfit({ name: kind }: Kind, name: SpecificMember, problem: string, hint: string): AppError {
  const member = `/strategy/${name}`;
  return new AppError('invalid_member', `strategy.${name}: ${problem}`, { hint, details: { member, kind } });
}
