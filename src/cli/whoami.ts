import type { Client } from '../client/connect.ts';
import { ProblemError } from '../client/problem-error.ts';
import { command } from './context.ts';
import { print } from './output.ts';
import { whoAmITable } from './role-table.ts';

export const whoami = command({
  name: 'whoami',
  summary: 'Show your name on the server, how and until when you are logged in, and which roles you have',
  brief: 'Show who you are on the server, and until when',
  arguments: {},
  options: {},
  examples: ['commctl whoami', 'commctl whoami --context lab'],
  async handler(context) {
    const client = await context.connect();
    const caller = await client.roles.whoami();
    const until = caller.token === undefined ? undefined : await endOfToken(client);
    const { name, method, subjects, ...rest } = caller;
    const value = {
      name,
      method,
      endpoint: client.endpoint(),
      context: await context.contexts.chosen(),
      ...(until === undefined ? {} : { until }),
      subjects,
      ...rest,
    };
    return print(context, { value, table: () => whoAmITable(value) });
  },
});

/** Up to then the session can be renewed, or the token is valid. */
async function endOfToken({ tokens }: Client): Promise<string | undefined> {
  try {
    return (await tokens.current()).ends_at;
  } catch (error) {
    // The token may have ended just now.
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}
