import { hostStatuses } from '../../inventory/host.ts';
import { isGlob } from '../../lib/glob.ts';
import { invalidTarget } from '../../lib/invalid-target.ts';
import { suggestName } from '../../lib/nearest.ts';
import { parseTarget, type TargetExpression } from './parse.ts';

const known: readonly string[] = hostStatuses;

/**
 * Parses the target of a request. A status that no host gets is a slip; a pattern finds hosts that were imported with
 * another one. Stored targets are not checked: an earlier build accepted them.
 *
 * @throws AppError `invalid_target`
 */
export function requestedTarget(text: string): TargetExpression {
  const expression = parseTarget(text);
  const unknown = statesIn(expression).find((state) => !isGlob(state) && !known.includes(state));
  if (unknown === undefined) return expression;
  const at = text.indexOf(`status:${unknown}`) + 'status:'.length;
  throw invalidTarget({ text, offset: 0 }, at, `there is no status "${unknown}", ${suggestName(unknown, known)}`);
}

function statesIn(expression: TargetExpression): string[] {
  const left = [expression];
  const states: string[] = [];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if ('left' in next) left.push(next.right, next.left);
    else if (next.type === 'status') states.push(next.state);
  }
  return states;
}
