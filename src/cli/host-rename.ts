import { command } from './context.ts';
import { hostRecord } from './host-table.ts';
import { print } from './output.ts';
import { UsageError } from './usage-error.ts';

export const hostRename = command({
  name: 'rename',
  summary: 'Give a host a name that stands for its address, another one, or none',
  arguments: {
    address: { summary: 'address or present name of the host' },
    name: { summary: 'the new name, spelled as a DNS name', optional: true },
  },
  options: { remove: { type: 'flag', summary: 'take the name away' } },
  examples: [
    'commctl host rename 192.0.2.11 web1',
    'commctl host rename web1 web2',
    'commctl host rename --remove web2',
  ],
  async handler(context, { address, name, remove }) {
    if (remove && name !== undefined) throw new UsageError('a new name and --remove do not go together');
    if (!remove && name === undefined) {
      throw new UsageError("missing required argument 'name'", { hint: 'give the new name, or --remove' });
    }
    const client = await context.connect();
    const host = await client.hosts.change(address, { name: name ?? null });
    return print(context, { value: host, table: () => hostRecord(host) });
  },
});
