import { type Static, Type as t } from '@sinclair/typebox';
import { choices } from '../lib/choices.ts';

const port = t.Integer({
  minimum: 1,
  maximum: 65_535,
  description: 'A port of the machine that the jump host can connect to',
});

/** Something that must hold on a machine before it counts as done. */
export const Gate = t.Union(
  [
    t.Object({
      command: t.String({ minLength: 1, maxLength: 10_000, description: 'Run on the machine; must exit 0' }),
    }),
    t.Object({ tcp: port }),
    t.Object({
      http: t.String({
        pattern: '^https?://',
        form: 'a URL that begins with http:// or https://',
        maxLength: 2_000,
        description: 'Must answer 2xx; {address} stands for the machine',
      }),
      from: t.Optional(
        choices(
          { server: 'The server sends the request', machine: 'The machine sends it, with curl or wget' },
          { description: 'Who sends the request of http; the server when left out' },
        ),
      ),
    }),
    t.Object({
      node_ready: t.Literal(true, {
        description: "The container manager of the machine's cluster says its node is ready",
      }),
    }),
  ],
  { form: 'an object with command, tcp, http or node_ready' },
);
export type Gate = Static<typeof Gate>;

/** A gate in words, for plans and errors. */
export function describeGate(gate: Gate): string {
  if ('command' in gate) return `command exits 0: ${gate.command}`;
  if ('tcp' in gate) return `TCP port ${gate.tcp} open`;
  if ('node_ready' in gate) return 'its node is ready, says the container manager';
  return `${gate.http} answers 2xx, asked from the ${gate.from ?? 'server'}`;
}
