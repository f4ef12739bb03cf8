import { hostsIn } from './share.ts';
import type { Strategy } from './strategy.ts';

/** The most of `total` hosts that an operation with this strategy has in flight at the same time. */
export function mostAtOnce(total: number, { batch, concurrency }: Pick<Strategy, 'batch' | 'concurrency'>): number {
  const ramp = Array.isArray(batch) ? batch : [batch];
  let [rest, largest] = [total, 0];
  for (let index = 0; rest > 0 && index < ramp.length; index += 1) {
    const size = Math.min(rest, hostsIn(ramp[index] ?? 1, total));
    largest = Math.max(largest, size);
    rest -= size;
  }
  return concurrency === 0 ? largest : Math.min(concurrency, largest);
}
