import { command } from './context.ts';
import { runSsh } from './ssh/run-ssh.ts';
import { wayTo } from './ssh/way.ts';
import { UsageError } from './usage-error.ts';

export const hostSsh = command({
  name: 'ssh',
  summary: 'Log in to a host with ssh and the credentials that the server has',
  arguments: {
    address: { summary: 'address or name of the host', completes: 'host' },
    args: {
      summary: 'arguments for ssh, as after the host on its own command line',
      optional: true,
      many: true,
      verbatim: true,
    },
  },
  options: {},
  examples: [
    'commctl host ssh 192.0.2.11',
    'commctl host ssh 192.0.2.11 -v -p 9876',
    'commctl host ssh 192.0.2.11 -- systemctl status sshd',
  ],
  async handler(context, { address, args }) {
    if (context.dryRun) throw new UsageError('host ssh has no --dry-run: it sends no change to the server');
    const way = await wayTo(await context.connect(), address);
    const [first, ...others] = args;
    return runSsh(way, first === '--' ? others : args);
  },
});
