import type { Clock } from '../../../lib/clock.ts';
import type { RevocationLists } from './revocation-lists.ts';

/** Which of the certificates that the TLS layer verified are let in. */
export interface CertificateRules {
  /** The common name it has to have; any when left out. */
  readonly cn: string | undefined;
  /** Alternative names of which it has to have one, `DNS:jump1.example.com`; any or none when left out. */
  readonly san: readonly string[] | undefined;
  readonly clock: Clock;
  /** Those of the moment; undefined when none are looked at. */
  readonly lists: (() => RevocationLists) | undefined;
}
