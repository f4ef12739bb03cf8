/**
 * A key exchange of X25519 together with a key encapsulation mechanism (KEM) that a quantum computer does not break. It
 * is no weaker than either of the two. ssh2 does the part of X25519, see `patches/`.
 */
export interface KeyEncapsulation {
  /** Of the key exchange. */
  readonly hash: 'sha256' | 'sha512';
  readonly publicKeyLen: number;
  readonly ciphertextLen: number;
  /** Used for one key exchange. */
  keyPair(): EncapsulationKeys;
}

export interface EncapsulationKeys {
  readonly publicKey: Uint8Array;
  /** The shared secret. @throws Error for a ciphertext of another key */
  decapsulate(ciphertext: Uint8Array): Uint8Array;
}

declare module 'ssh2' {
  interface ConnectConfig {
    /** Further key exchanges by their names, offered after those of `algorithms`. */
    kems?: Readonly<Record<string, KeyEncapsulation>>;
  }
}
