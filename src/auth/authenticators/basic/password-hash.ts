const bcrypt = /^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;
const argon2id = /^\$argon2id\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/;

/** The bytes of a password that bcrypt reads. */
const bcryptLength = 72;

/** Whether the text is a hash that `verifyPassword` supports: bcrypt `$2a$`, `$2b$`, `$2y$` or argon2id. */
export function isPasswordHash(text: string): boolean {
  return bcrypt.test(text) || argon2id.test(text);
}

/**
 * Whether the password has this hash. Bun hashes a password that is too long for bcrypt first, while the library that
 * made the original's users files cut it off; both ways count.
 */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  if (await Bun.password.verify(password, hash)) return true;
  const bytes = new TextEncoder().encode(password);
  if (bytes.length <= bcryptLength || !bcrypt.test(hash)) return false;
  return Bun.password.verify(bytes.subarray(0, bcryptLength), hash);
}
