import type { Clock } from '../../../lib/clock.ts';
import type { RevocationLists } from './revocation-lists.ts';

/** Which verified certificates are accepted. */
export interface CertificateRules {
  /** The common name that a certificate must have; any when left out. */
  readonly cn: string | undefined;
  /** Alternative names of which a certificate must have one, `DNS:jump1.example.com`; any or none when left out. */
  readonly san: readonly string[] | undefined;
  readonly clock: Clock;
  /** The current lists; undefined when revocation is not checked. */
  readonly lists: (() => RevocationLists) | undefined;
}
