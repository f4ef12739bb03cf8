import type { Options } from './declaration.ts';

export const sshPrivKey = { summary: 'private key file to log in with, or - for stdin', file: true } as const;

/** The login options of a host, besides its key. */
export const login = {
  remoteUser: { type: 'text', short: 'r', placeholder: 'USER', summary: 'user to log in as' },
  port: { type: 'integer', minimum: 1, maximum: 65_535, placeholder: 'N', summary: 'port of sshd' },
  proxyJump: {
    type: 'text',
    short: 'J',
    placeholder: 'ADDRESSES',
    summary: 'hosts to connect through, comma-separated; none for a direct connection',
  },
} as const satisfies Options;
