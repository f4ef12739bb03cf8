import { type Static, Type as t } from '@sinclair/typebox';

/** How to log in to a machine. Sealed in the store, never logged. */
export const Credentials = t.Object({
  address: t.String({ description: 'Address of the host' }),
  ssh_priv_key: t.String({ description: 'The private key file, base64' }),
  remote_user: t.String({
    pattern: '^[A-Za-z0-9_.][A-Za-z0-9_.@-]{0,254}$',
    description: 'The user that the server logs in as: root, or a user with sudo that needs no password',
    form: 'the name of a user, such as root',
  }),
  port: t.Integer({ minimum: 1, maximum: 65_535, description: 'Port of sshd on the host; 22 when left out' }),
  proxy_jump: t.Optional(
    t.Union([t.Array(t.String()), t.String()], {
      description:
        'Hosts of the inventory to go through, in their order: a list, or one line as ProxyJump of ssh takes it',
      form: 'an array of addresses, or one text with commas between them',
    }),
  ),
});
export type Credentials = Static<typeof Credentials>;

export const defaultUser = 'root';
export const defaultPort = 22;
