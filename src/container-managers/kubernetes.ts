import { isObject } from '../lib/objects.ts';
import { shortened, shortenedMembers } from '../lib/shortened.ts';
import type { ContainerManager, NodeStatus } from './contract.ts';
import type { Call, KubernetesApi } from './kubernetes-api.ts';

/** Limits for what a manager reports of a node, which callers receive. */
const bounds = { text: 2_000, items: 1_000, depth: 16 };

/** The nodes of OpenShift or Kubernetes, whose APIs are the same here (contract 8.2). */
export function kubernetesManager(api: KubernetesApi): ContainerManager {
  const find = async (call: Call, signal: AbortSignal): Promise<NodeStatus | undefined> => {
    const answer = await api.call(call, signal);
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw api.refused(call, answer);
    if (isObject(answer.body)) return shortenedMembers(answer.body, bounds);
    throw api.failed(call, 'its answer is not a node; is it an API of Kubernetes?');
  };

  const status = async (node: string, signal: AbortSignal): Promise<NodeStatus> => {
    const call = asking(node);
    const found = await find(call, signal);
    if (found !== undefined) return found;
    throw api.failed(call, 'it has no such node');
  };

  return {
    isRegistered: async (node, signal) => (await find(asking(node), signal)) !== undefined,

    async register(node, signal) {
      const body = { kind: 'Node', apiVersion: 'v1', metadata: { name: node } };
      const call: Call = { attempt: `register the node ${node}`, method: 'POST', path: '/nodes', body };
      const answer = await api.call(call, signal);
      const exists = 409;
      if (![200, 201, 202, exists].includes(answer.status)) throw api.refused(call, answer);
    },

    async remove(node, signal) {
      const call: Call = { attempt: `remove the node ${node}`, method: 'DELETE', path: pathOf(node) };
      const answer = await api.call(call, signal);
      const gone = 404;
      if (![200, 202, gone].includes(answer.status)) throw api.refused(call, answer);
    },

    status,

    async unready(node, signal) {
      return whyNotReady(await status(node, signal));
    },
  };
}

function asking(node: string): Call {
  return { attempt: `ask for the node ${node}`, method: 'GET', path: pathOf(node) };
}

function pathOf(node: string): string {
  return `/nodes/${encodeURIComponent(node)}`;
}

/** A node takes work when its condition `Ready` is `True`, even if it is cordoned. */
function whyNotReady({ status }: NodeStatus): string | undefined {
  const conditions = isObject(status) && Array.isArray(status.conditions) ? status.conditions.filter(isObject) : [];
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (ready === undefined) return 'its condition Ready is not known';
  if (ready.status === 'True') return undefined;
  const said = typeof ready.message === 'string' ? `: ${shortened(ready.message, 300)}` : '';
  return `its condition Ready is not True${said}`;
}
