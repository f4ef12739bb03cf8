import { records } from '../../store/contract.ts';
import type { Manifest } from './manifest.ts';

/**
 * By digest. Separate from the operations, whose records are written often, and shared by operations that copy the
 * same.
 */
export const manifestRecords = records<Manifest>('copy-manifests');
/** By digest: the number of operations that use the manifest. Each manifest has one. */
export const manifestUses = records<{ operations: number }>('copy-manifest-uses');
/** From earlier builds: whether the uses hold for operations of any age. One key, `all`. */
export const manifestsCounted = records<true>('copy-manifests-counted');
