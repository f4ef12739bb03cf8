import { type Static, Type as t } from '@sinclair/typebox';
import { ManagerType } from '../container-managers/options.ts';

/** An OpenShift or Kubernetes API in which hosts of clusters are nodes (contract 2.2). Sealed in the store. */
export const ContainerManagerRecord = t.Object({
  name: t.String({ description: 'Name of the container manager' }),
  type: ManagerType,
  options: t.Record(t.String(), t.Unknown(), { description: 'How to reach it; secrets are shown as "***"' }),
});
export type ContainerManagerRecord = Static<typeof ContainerManagerRecord>;
