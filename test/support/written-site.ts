import { join } from 'node:path';
import { writeSite } from '../../scripts/lib/site/write-site.ts';

/** A server that runs from source answers `/manual/` from `dist/manual.pack`, which a build makes. */
export default function setup(): void {
  writeSite(join(import.meta.dirname, '../..'));
}
