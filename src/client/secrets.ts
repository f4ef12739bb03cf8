import { path } from './path.ts';
import type { Transport } from './transport.ts';

/** The routes about what is sealed. */
export function secrets(transport: Transport) {
  return {
    /** Seals everything anew with a fresh master key; `key` is its id. */
    rotateKey: (signal?: AbortSignal) =>
      transport.object<{ key: string; records: number }>({
        method: 'POST',
        path: path`/secret-keys/rotate`,
        body: {},
        signal,
      }),
  };
}
