import type { SecretValue } from '../inventory/secret.ts';
import { path } from './path.ts';
import { readBytes } from './shape.ts';
import type { Transport } from './transport.ts';

/** The routes of secrets. */
export function secrets(transport: Transport) {
  return {
    /** The key at this path, such as `web/password`. */
    get: (name: string, signal?: AbortSignal) =>
      transport.object<SecretValue>({ method: 'GET', path: path`/secrets/${name}`, signal }),

    /** The value of the key as it was put; a text value is in UTF-8. */
    bytes: (name: string, signal?: AbortSignal) =>
      transport.send(
        { method: 'GET', path: path`/secrets/${name}`, accept: 'application/octet-stream', signal },
        readBytes,
      ),

    /** The content of a container, such as `web/`; nested containers end with a slash. */
    list: (container: string, signal?: AbortSignal) =>
      transport.list<string>({ method: 'GET', path: path`/secrets/${container}`, signal }),

    /** Never overwrites a key. */
    put: (name: string, body: SecretValue, signal?: AbortSignal) =>
      transport.object<{ name: string }>({ method: 'PUT', path: path`/secrets/${name}`, body, signal }),

    /** The same with a value of any bytes, which `get` returns in base64. */
    putBytes: (name: string, value: Uint8Array, signal?: AbortSignal) =>
      transport.object<{ name: string }>({ method: 'PUT', path: path`/secrets/${name}`, body: value, signal }),

    makeContainer: (container: string, signal?: AbortSignal) =>
      transport.object<{ name: string }>({ method: 'POST', path: path`/secrets/${container}`, body: {}, signal }),

    /** Deletes a key, or an empty container. */
    delete: (name: string, signal?: AbortSignal) =>
      transport.send({ method: 'DELETE', path: path`/secrets/${name}`, signal }, async () => undefined),

    /** Makes a new master key and seals everything with it; `key` is its id. */
    rotateKey: (signal?: AbortSignal) =>
      transport.object<{ key: string; records: number }>({
        method: 'POST',
        path: path`/secret-keys/rotate`,
        body: {},
        signal,
      }),

    /** Changes the passphrase of the master key; `next` is null for none. */
    changePassphrase: (body: { current?: string; next: string | null }, signal?: AbortSignal) =>
      transport.object<{ protected: boolean }>({ method: 'PUT', path: path`/secret-keys/passphrase`, body, signal }),
  };
}
