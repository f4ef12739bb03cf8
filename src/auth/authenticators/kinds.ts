import { httpbasicauth } from './basic/kind.ts';
import { httpauthclientcert } from './certificate/kind.ts';
import { jwt } from './jwt/kind.ts';
import { keystonepasswordauth } from './keystone/password.ts';
import { keystonetokenauth } from './keystone/token.ts';
import type { AuthenticatorKind } from './kind.ts';
import { kubernetesauth } from './kubernetes/kind.ts';
import { openshiftbearertokenauth } from './openshift/kind.ts';

/** Every built-in kind. Any other name in a configuration is a plugin file. */
export const authenticatorKinds: readonly AuthenticatorKind[] = [
  httpbasicauth,
  httpauthclientcert,
  keystonepasswordauth,
  keystonetokenauth,
  openshiftbearertokenauth,
  kubernetesauth,
  jwt,
];
