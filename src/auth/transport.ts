import type { X509Certificate } from 'node:crypto';

/** What a request came over. */
export type Transport =
  | { readonly kind: 'plain' }
  /** `certificate`: that of the client, verified with `tls-clientverifyfile` before the request was looked at. */
  | { readonly kind: 'tls'; readonly certificate: X509Certificate | undefined }
  /** The Unix socket, which only root and the user of the server can open. */
  | { readonly kind: 'unix' };
