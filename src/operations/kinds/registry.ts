import type { Clock } from '../../lib/clock.ts';
import type { Store } from '../../store/contract.ts';
import type { Kind } from '../kind.ts';
import { Sources } from '../sources/sources.ts';
import { bootstrapKind, type ClusterNodes, type HostRecords } from './bootstrap.ts';
import { CopyParameters, copyKind } from './copy.ts';
import { DeployParameters, deployKind } from './deploy.ts';
import { ExecParameters, execKind } from './exec.ts';
import { factsKind } from './facts.ts';
import { rebootKind } from './reboot.ts';
import { restartKind } from './restart.ts';
import { upgradeKind } from './upgrade.ts';

/** What the kinds use, beside the machines. */
export interface KindDependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly hosts: HostRecords;
  readonly clusters: ClusterNodes;
  readonly configuration: {
    /** Directories of the jump host that may be copied from. */
    readonly copySources: readonly string[];
    readonly dataDir: string;
  };
}

/** Every kind. A new kind is added here. */
const kinds: readonly ((dependencies: KindDependencies) => Kind)[] = [
  () => rebootKind(),
  restartKind,
  upgradeKind,
  deployKind,
  () => execKind(),
  ({ store, configuration: { copySources: directories, dataDir: dataDirectory } }) =>
    copyKind(new Sources(store, { directories, dataDirectory })),
  ({ hosts }) => factsKind(hosts),
  ({ hosts, clusters, clock }) => bootstrapKind(hosts, clusters, clock),
];

export function makeKinds(dependencies: KindDependencies): readonly Kind[] {
  return kinds.map((make) => make(dependencies));
}

/** The parameters of the kinds that have some, by their names in the API document. */
export const kindParameters = { DeployParameters, ExecParameters, CopyParameters };
