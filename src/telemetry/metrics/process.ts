import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { Family } from './family.ts';
import { counter, gauge } from './family.ts';

/**
 * The metrics of a process that every client library of Prometheus has, read when they are asked for. `prom-client`
 * would read them with timers and with hooks into the garbage collector that Bun does not have.
 */
export function processFamilies(descriptorLimit: number, startedAt: number): Family[] {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  return [
    counter('process_cpu_seconds_total', 'Time of the processor, of user and system', (user + system) / 1e6),
    gauge('process_resident_memory_bytes', 'Memory in use, with mapped pages of the store', rss),
    gauge('process_own_memory_bytes', 'Memory in use, without mapped pages of files', ownBytes()),
    gauge('process_heap_bytes', 'Memory of objects', heapUsed),
    gauge('process_open_fds', 'Open descriptors', openDescriptors()),
    gauge(
      'process_max_fds',
      'The limit of descriptors',
      Number.isFinite(descriptorLimit) ? descriptorLimit : undefined,
    ),
    gauge('process_start_time_seconds', 'When the process started, in seconds since 1970', startedAt / 1000),
  ];
}

const pageBytes = 4_096;

/** By proc(5). */
function ownBytes(): number | undefined {
  try {
    const [, resident = 0, shared = 0] = readFileSync('/proc/self/statm', 'latin1').split(' ', 3).map(Number);
    return (resident - shared) * pageBytes;
  } catch {
    return undefined;
  }
}

function openDescriptors(): number | undefined {
  try {
    // Since Linux 6.2 the size of the directory is their number.
    return statSync('/proc/self/fd').size || readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}
