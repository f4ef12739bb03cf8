import { command } from './context.ts';
import { print } from './output.ts';
import { whoAmITable } from './role-table.ts';

export const whoami = command({
  name: 'whoami',
  summary: 'Show your name on the server, and which roles you have',
  arguments: {},
  options: {},
  examples: ['commctl whoami'],
  async handler(context) {
    const caller = await (await context.connect()).roles.whoami();
    return print(context, { value: caller, table: () => whoAmITable(caller) });
  },
});
