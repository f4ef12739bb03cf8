import { type Static, Type as t } from '@sinclair/typebox';

/** How to log in to a machine. Sealed in the store, never logged. */
export const Credentials = t.Object({
  address: t.String(),
  ssh_priv_key: t.String({ description: 'The private key file, base64' }),
  remote_user: t.String({
    pattern: '^[A-Za-z0-9_.][A-Za-z0-9_.@-]{0,254}$',
    description: 'root, or a user with sudo that needs no password',
  }),
  port: t.Integer({ minimum: 1, maximum: 65_535 }),
  proxy_jump: t.Optional(
    t.Union([t.Array(t.String()), t.String()], {
      description:
        'Hosts of the inventory to go through, in their order: a list, or one line as ProxyJump of ssh takes it',
    }),
  ),
});
export type Credentials = Static<typeof Credentials>;

export const defaultUser = 'root';
export const defaultPort = 22;
