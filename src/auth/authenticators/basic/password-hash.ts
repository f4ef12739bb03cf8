const bcrypt = /^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;
const argon2id = /^\$argon2id\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/;

/** What bcrypt reads of a password, in bytes. */
const bcryptLength = 72;

/** Whether the text is a hash that `verifyPassword` can work with: bcrypt `$2a$`, `$2b$`, `$2y$` or argon2id. */
export function isPasswordHash(text: string): boolean {
  return bcrypt.test(text) || argon2id.test(text);
}

/**
 * Whether the password has this hash. Bun hashes a password that is too long for bcrypt before bcrypt sees it, while the
 * library that made the users files of the original cut it off; both readings count.
 */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  if (await Bun.password.verify(password, hash)) return true;
  const bytes = new TextEncoder().encode(password);
  if (bytes.length <= bcryptLength || !bcrypt.test(hash)) return false;
  return Bun.password.verify(bytes.subarray(0, bcryptLength), hash);
}
