import { readdirSync, readFileSync } from 'node:fs';
import type { Engine, EngineOptions } from '../../../src/operations/engine.ts';
import type { HostRecord } from '../../../src/operations/fold.ts';
import type { Kind } from '../../../src/operations/kind.ts';
import { readState } from '../../../src/operations/records.ts';
import type { Strategy } from '../../../src/operations/strategy.ts';
import type { Store } from '../../../src/store/contract.ts';
import { type Fleet, withSshdFleet } from '../../support/fleet.ts';
import { fleetTarget, type Wire, wire } from '../../support/ssh.ts';
import { engineOn, outputOf, request, runToEnd } from '../support.ts';

export interface Done {
  id: string;
  host: HostRecord;
  output: string;
}

/** One machine behind a real sshd, which is this one, and kinds to do something to it. */
export interface Bench extends AsyncDisposable {
  readonly fleet: Fleet;
  readonly link: Wire;
  readonly address: string;
  engine(options?: Partial<EngineOptions>): Engine;
  start(parameters: Record<string, unknown>, strategy?: Partial<Strategy>): Promise<{ engine: Engine; id: string }>;
  run(parameters: Record<string, unknown>, strategy?: Partial<Strategy>): Promise<Done>;
  result(id: string): Promise<Done>;
}

/** @param making the kind, or how to make it on the store of the bench */
export async function benchOf(making: Kind | ((store: Store) => Kind)): Promise<Bench> {
  const fleet = await withSshdFleet(1);
  const link = wire();
  const kind = typeof making === 'function' ? making(link.store) : making;
  const target = fleetTarget(fleet);
  const { address } = target;
  const engine = (options: Partial<EngineOptions> = {}) =>
    engineOn(link.store, [kind], { pool: link.pool(), target: async () => target, ...options });
  const asked = (parameters: Record<string, unknown>, strategy: Partial<Strategy>) =>
    request({ kind: kind.name, parameters, cluster: '', strategy, target: `host:${address}` });
  const result = async (id: string): Promise<Done> => {
    const host = (await readState(link.store, id)).hosts.get(address);
    if (host === undefined) throw new Error(`${id} has no ${address}`);
    return { id, host, output: await outputOf(link.store, id, address) };
  };
  return {
    fleet,
    link,
    address,
    engine,
    result,
    async start(parameters, strategy = {}) {
      const started = engine();
      const checked = await started.freezeParameters(kind.name, parameters);
      const { operation } = await started.start(asked(checked, strategy), async () => [address]);
      return { engine: started, id: operation.id };
    },
    async run(parameters, strategy = {}) {
      const running = engine();
      const frozen = await running.freezeParameters(kind.name, parameters);
      return result(await runToEnd(running, asked(frozen, strategy), [address]));
    },
    async [Symbol.asyncDispose]() {
      await link[Symbol.asyncDispose]();
      await fleet[Symbol.asyncDispose]();
    },
  };
}

/** The processes of this machine that have the text in their command line or environment. */
export function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => ['cmdline', 'environ'].some((file) => contentOf(`/proc/${pid}/${file}`).includes(text)))
    .map(Number);
}

/** Empty for a process that has just gone. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
