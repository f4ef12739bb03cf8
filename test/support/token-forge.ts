import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader, exportJWK, importJWK, type JWK, SignJWT } from 'jose';
import { open } from 'lmdb';
import { withoutChecksum } from '../../src/store/checksums.ts';
import { openKeyFile } from '../../src/store/key-file.ts';
import { Keyring } from '../../src/store/seal.ts';

/** Tokens that are as a server's own but for one thing. By what is wrong with each. */
export type ForgedTokens = Readonly<Record<string, string>>;

/** Whatever is not said otherwise is as in the model. */
interface Forging {
  claims?: Record<string, unknown>;
  header?: Record<string, string>;
  key?: CryptoKey | KeyObject | Uint8Array;
}

/**
 * Forges tokens of a running server after one that it has minted. Those that take its own key are signed with it: who
 * reads the data directory has it, and so has this.
 *
 * @param dataDir of the server, which runs in this process
 */
export async function forgeTokens(dataDir: string, model: string): Promise<ForgedTokens> {
  const own = await signingKey(dataDir);
  const ownKey = await keyOf(own);
  const { d: _, ...publicJwk } = own;
  const foreign = await keyOf(await exportJWK(generateKeyPairSync('ed25519').privateKey));
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const now = Math.floor(Date.now() / 1000);
  const forge = ({ claims = {}, header = {}, key = ownKey }: Forging) => {
    const { alg = 'EdDSA', ...others } = decodeProtectedHeader(model);
    const payload = { ...decodeJwt(model), ...claims };
    return new SignJWT(payload).setProtectedHeader({ alg, ...others, ...header }).sign(key);
  };
  const text = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const none = { ...decodeProtectedHeader(model), alg: 'none' };
  return {
    'is expired': await forge({ claims: { iat: now - 100, nbf: now - 100, exp: now - 10 } }),
    'is not valid yet': await forge({ claims: { nbf: now + 1_000 } }),
    'is for another audience': await forge({ claims: { aud: 'urn:commissaire:another' } }),
    'has no audience': await forge({ claims: { aud: undefined } }),
    'has no expiry': await forge({ claims: { exp: undefined } }),
    'has no id': await forge({ claims: { jti: undefined } }),
    'has an id that there is not': await forge({ claims: { jti: '019a0000-0000-7000-8000-000000000000' } }),
    'is of somebody else': await forge({ claims: { sub: 'somebody' } }),
    'is of another type': await forge({ header: { typ: 'JWT' } }),
    'is signed by nobody (alg none)': `${text(none)}.${model.split('.')[1]}.`,
    'is signed with the public key (HS256)': await forge({
      header: { alg: 'HS256' },
      key: Buffer.from(publicJwk.x ?? '', 'base64url'),
    }),
    'is signed with the public key as text (HS256)': await forge({
      header: { alg: 'HS256' },
      key: Buffer.from(JSON.stringify(publicJwk)),
    }),
    'is signed by RSA': await forge({ header: { alg: 'RS256' }, key: rsa }),
    'is signed with a foreign key': await forge({ key: foreign }),
    'is signed with a key that there is not': await forge({ header: { kid: 'another' }, key: foreign }),
    'has another claim under the same signature': model.replace(
      /\.[^.]+\./,
      `.${text({ ...decodeJwt(model), sub: 'admin2' })}.`,
    ),
    'has no signature': model.replace(/[^.]+$/, ''),
  };
}

/** Of the one that signs. */
async function signingKey(dataDir: string): Promise<JWK> {
  const sealer = new Keyring(openKeyFile({ path: join(dataDir, 'master.key'), mayCreate: false }).keys);
  const root = open<unknown, string>({ path: join(dataDir, 'store'), readOnly: true, maxDbs: 64 });
  try {
    const rows = Array.from(
      root.openDB<Buffer, string>({ name: 'token-keys', encoding: 'binary', useVersions: true }).getRange(),
    );
    const sealed = rows.map(({ value }) => String(JSON.parse(withoutChecksum(value).toString())));
    const keys = await Promise.all(sealed.map((each) => sealer.open(each)));
    const signing = keys.find((key) => (key as { retired_at: string }).retired_at === '');
    return (signing as { jwk: JWK }).jwk;
  } finally {
    await root.close();
  }
}

async function keyOf(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, 'EdDSA');
  if (key instanceof Uint8Array) throw new Error('no key pair');
  return key;
}
