import { AppError, type AppErrorOptions } from '../lib/errors.ts';
import type { ProblemCode } from '../lib/problems.ts';
import type { Insight } from './insight.ts';
import { type Named, nameOf, referenceTo } from './operation-name.ts';

/** A lock that prevents an operation from starting or going on. */
export interface Obstacle {
  /** `cluster/name` or `host/address`. */
  lock: string;
  /** The operation that has it. */
  operation: string;
  /** Its number; absent in what earlier builds stored. */
  number?: number;
  kind: string;
}

/** The operation of an obstacle, as it is named. */
export function operationOf({ operation: id, number }: Obstacle): Named {
  return { id, number };
}

export function describeObstacle(obstacle: Obstacle): string {
  const { lock, kind } = obstacle;
  return `${kind} ${nameOf(operationOf(obstacle))} has the ${lock.replace('/', ' ')}`;
}

/** The same without the operation, which the caller may not see. */
export function describeObstacleNameless({ lock }: Pick<Obstacle, 'lock'>): string {
  return `another operation has the ${lock.replace('/', ' ')}`;
}

/** A refusal that names the operation in its way. */
export abstract class NamesOperation extends AppError {
  readonly obstacle: Obstacle;

  constructor(code: ProblemCode, message: string, obstacle: Obstacle, options: AppErrorOptions) {
    super(code, message, options);
    this.obstacle = obstacle;
  }

  /** For callers who may not see the operation. */
  abstract withoutNames(): AppError;
}

/** An operation was not started, because another one has a lock that it needs. */
export class Obstructed extends NamesOperation {
  constructor(obstacle: Obstacle) {
    super('operation_running', describeObstacle(obstacle), obstacle, {
      hint: `wait for it with \`commctl operation wait ${referenceTo(operationOf(obstacle))}\``,
      details: { operation: obstacle.operation, number: obstacle.number },
    });
  }

  override withoutNames(): AppError {
    return new AppError('operation_running', describeObstacleNameless(this.obstacle), {
      hint: 'try again when it has ended; it is one of other clusters too, and not yours to see',
    });
  }
}

/** Names the operation that has the lock only to callers who may see it. */
export async function toldTo<T>(insight: Insight | undefined, begin: () => Promise<T>): Promise<T> {
  try {
    return await begin();
  } catch (error) {
    if (!(error instanceof NamesOperation) || insight === undefined) throw error;
    throw (await insight.seesOperation(error.obstacle.operation)) ? error : error.withoutNames();
  }
}
