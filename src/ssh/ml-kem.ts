import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import type { KeyEncapsulation } from './key-encapsulation.ts';

/** ML-KEM-768 (FIPS 203), for `mlkem768x25519-sha256` (draft-ietf-sshm-mlkem-hybrid-kex). */
export const mlKem768: KeyEncapsulation = {
  hash: 'sha256',
  publicKeyLen: 1184,
  ciphertextLen: 1088,
  keyPair() {
    const { publicKey, secretKey } = ml_kem768.keygen();
    return { publicKey, decapsulate: (ciphertext) => ml_kem768.decapsulate(ciphertext, secretKey) };
  },
};
