import { command, group } from './context.ts';
import { print } from './output.ts';

const address = { summary: 'address of the host', completes: 'host' } as const;

const get = command({
  name: 'get',
  summary: 'Show the pinned host key',
  arguments: { address },
  options: {},
  examples: ['commctl host key get 192.0.2.11'],
  async handler(context, { address }) {
    return print(context, { value: await (await context.connect()).hosts.hostKey(address) });
  },
});

const accept = command({
  name: 'accept',
  summary: 'Pin the new host key of a machine, for example after a reinstallation',
  arguments: { address, fingerprint: { summary: 'SHA256:… as `ssh-keygen -lf` prints it on the machine' } },
  options: {},
  examples: ['commctl host key accept 192.0.2.11 SHA256:uNiVztksCsDhcc0u9e8BrJQXVUpKZIDTMczCvj3tD2s'],
  async handler(context, { address, fingerprint }) {
    return print(context, { value: await (await context.connect()).hosts.acceptHostKey(address, fingerprint) });
  },
});

export const hostKey = group('key', 'The host key that a machine must show', [get, accept]);
