import { httpbasicauth } from './basic/kind.ts';
import type { AuthenticatorKind } from './kind.ts';

/** Every kind there is. What else a configuration names is the file of somebody's own. */
export const authenticatorKinds: readonly AuthenticatorKind[] = [httpbasicauth];
