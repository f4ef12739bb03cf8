import { errors } from 'jose';
import { expiredAt } from '../../expired-at.ts';

/** What is wrong with a JWT, after "the token": in words that its holder may read, and that contain nothing of it. */
export function tokenFault(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return expiredAt(1000 * (error.payload.exp ?? Number.NaN));
  if (error instanceof errors.JWTClaimValidationFailed) return claimFault(error);
  if (error instanceof errors.JWKSNoMatchingKey) return 'is signed with a key that is not known';
  if (error instanceof errors.JWKSMultipleMatchingKeys) return 'does not say with which key it is signed';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'has a wrong signature';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'is signed with an algorithm that is not allowed';
  return 'is malformed';
}

function claimFault({ claim, reason }: errors.JWTClaimValidationFailed): string {
  if (reason === 'missing') return `lacks the claim ${claim}`;
  if (claim === 'aud') return 'is for another audience';
  if (claim === 'nbf') return 'is not valid yet';
  return `has an unexpected claim ${claim}`;
}
