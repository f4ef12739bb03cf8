import type { X509Certificate } from 'node:crypto';

/** The transport of a request. */
export type Transport =
  | { readonly kind: 'plain' }
  /** `certificate`: the client's, verified with `tls-clientverifyfile` before the request was read. */
  | { readonly kind: 'tls'; readonly certificate: X509Certificate | undefined }
  /** The Unix socket, which only root and the user of the server can open. */
  | { readonly kind: 'unix' };
