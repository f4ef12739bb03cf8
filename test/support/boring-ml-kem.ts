import { execFileSync } from 'node:child_process';
import type { PeerEncapsulation } from './faulty-peer.ts';

const program = `
const key = await crypto.subtle.importKey('raw-public', await Bun.stdin.bytes(), 'ML-KEM-768', false, ['encapsulateBits']);
const { ciphertext, sharedKey } = await crypto.subtle.encapsulateBits('ML-KEM-768', key);
await Bun.write(Bun.stdout, Buffer.concat([new Uint8Array(ciphertext), new Uint8Array(sharedKey)]));
`;

/** ML-KEM-768 of BoringSSL, which Bun has; in another process, because it answers later and ssh2 needs it at once. */
export const boringMlKem768: PeerEncapsulation = {
  hash: 'sha256',
  publicKeyLen: 1184,
  encapsulate(publicKey) {
    const both = execFileSync(process.execPath, ['-e', program], { input: publicKey });
    return { ciphertext: both.subarray(0, 1088), secret: both.subarray(1088) };
  },
};
