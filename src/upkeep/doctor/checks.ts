import { backups } from './backups.ts';
import { certificates } from './certificates.ts';
import type { Check } from './check.ts';
import { clock } from './clock.ts';
import { configurationValidity } from './configuration.ts';
import { cryptography } from './cryptography.ts';
import { descriptors } from './descriptors.ts';
import { disk } from './disk.ts';
import { kernelLimits } from './kernel-limits.ts';
import { memory } from './memory.ts';
import { names } from './names.ts';
import { permissions } from './permissions.ts';
import { port } from './port.ts';
import { reachability } from './reachability.ts';
import { retention } from './retention.ts';
import { runningServer } from './running-server.ts';
import { store } from './store.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** All checks, in the order of the report within a group. */
export const checks: readonly Check[] = [
  configurationValidity,
  permissions,
  temporaryDirectory,
  disk,
  descriptors,
  memory,
  kernelLimits,
  clock,
  cryptography,
  store,
  retention,
  backups,
  certificates,
  runningServer,
  port,
  names,
  reachability,
];
