import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const script = join(import.meta.dirname, '../../scripts/fleet');
const run = promisify(execFile);

/** A host of a fleet. `root` is the machine's root directory as this side sees it, to look at what happened there. */
export interface FleetHost {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly root: string | null;
}

/** What `scripts/fleet up` made, as it wrote it down in `fleet.json`. */
export interface Fleet {
  readonly name: string;
  readonly kind: 'sshd' | 'machines';
  /** Machines are reachable only from inside this network namespace (`scripts/fleet exec`). */
  readonly namespace: string | null;
  /** Path of the private key that logs in to every host. */
  readonly key: string;
  readonly user: string;
  readonly hosts: readonly FleetHost[];
}

export interface SshdFleetOptions {
  /** Lines of sshd_config(5), which win over those of the fleet. */
  readonly sshd?: readonly string[];
}

/**
 * Reads the fleet whose state directory this is; inside `scripts/fleet exec` that is
 * `process.env.COMMISSAIRE_FLEET_STATE`.
 *
 * Throws a `TypeError` if the file is not what `scripts/fleet` writes: the two changed apart.
 */
export function readFleet(stateDir: string): Fleet {
  const path = join(stateDir, 'fleet.json');
  const fleet: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!isFleet(fleet)) {
    throw new TypeError(`${path} does not describe a fleet; did scripts/fleet change without test/support/fleet.ts?`);
  }
  return fleet;
}

/**
 * Starts `n` sshd hosts on loopback, apart from every other fleet, and stops them on dispose:
 * `await using fleet = await withSshdFleet(3)`.
 */
export async function withSshdFleet(n: number, options: SshdFleetOptions = {}): Promise<Fleet & AsyncDisposable> {
  // Test files run side by side and the name is all that tells their fleets apart.
  const name = `t${randomBytes(3).toString('hex')}`;
  const lines = (options.sshd ?? []).flatMap((line) => ['--sshd-option', line]);
  const { stdout } = await run(script, ['--name', name, 'up', String(n), ...lines]);
  return {
    ...readFleet(stdout.trim()),
    async [Symbol.asyncDispose]() {
      await run(script, ['--name', name, 'down']);
    },
  };
}

/** Lets another key log in to the hosts of a fleet of sshd. @param publicLine a line of an authorized_keys file */
export function authorize(fleet: Fleet, publicLine: string): void {
  appendFileSync(join(dirname(fleet.key), 'authorized_keys'), `${publicLine}\n`);
}

function isFleet(value: unknown): value is Fleet {
  return (
    isRecord(value) &&
    typeof value.name === 'string' &&
    (value.kind === 'sshd' || value.kind === 'machines') &&
    isStringOrNull(value.namespace) &&
    typeof value.key === 'string' &&
    typeof value.user === 'string' &&
    Array.isArray(value.hosts) &&
    value.hosts.every(isHost)
  );
}

function isHost(value: unknown): value is FleetHost {
  return (
    isRecord(value) &&
    typeof value.name === 'string' &&
    typeof value.address === 'string' &&
    typeof value.port === 'number' &&
    isStringOrNull(value.root)
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isStringOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}
