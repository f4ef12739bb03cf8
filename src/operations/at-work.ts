import type { WorkCheck } from '../inventory/taking-away.ts';
import { AppError } from '../lib/errors.ts';
import { clusterLock, hostLock, obstacleAmong } from './locks.ts';
import { describeObstacle, describeObstacleNameless, NamesOperation, type Obstacle, operationOf } from './obstacle.ts';
import { referenceTo } from './operation-name.ts';

/** The server starts these itself for every new host, also for one whose address was mistyped. */
export const startedByItself = 'bootstrap';

/** Refuses to take away what an operation has locked. The investigation of a host does not count. @throws AtWork */
export const checkNothingRuns: WorkCheck = async (reader, { attempt, cluster, hosts }) => {
  const locks = [...(cluster === undefined ? [] : [clusterLock(cluster)]), ...hosts.map(hostLock)];
  for (const lock of locks) {
    const obstacle = await obstacleAmong(reader, [lock], '');
    if (obstacle !== undefined && obstacle.kind !== startedByItself) throw new AtWork(attempt, obstacle);
  }
};

/** A change was not made, because it would take something away from a running operation. */
export class AtWork extends NamesOperation {
  readonly #attempt: string;

  constructor(attempt: string, obstacle: Obstacle) {
    super('operation_running', `cannot ${attempt}: ${describeObstacle(obstacle)}`, obstacle, {
      hint:
        `wait for it with \`commctl operation wait ${referenceTo(operationOf(obstacle))}\`, ` +
        `or cancel it with \`commctl operation cancel ${referenceTo(operationOf(obstacle))}\`; ${allTheSame}`,
      details: { operation: obstacle.operation, number: obstacle.number },
    });
    this.#attempt = attempt;
  }

  override withoutNames(): AppError {
    return new AppError('operation_running', `cannot ${this.#attempt}: ${describeObstacleNameless(this.obstacle)}`, {
      hint: `try again when it has ended; it is not yours to see. ${allTheSame}`,
    });
  }
}

const allTheSame = '--force, or ?force=true, does it all the same';
