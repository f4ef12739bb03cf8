import { records } from '../../store/contract.ts';
import type { Manifest } from './manifest.ts';

/** By digest. Apart from the operations, whose records are written often, and shared by those that copy the same. */
export const manifestRecords = records<Manifest>('copy-manifests');
/** By digest: how many operations there are that copy what is in the manifest. There is one for each manifest. */
export const manifestUses = records<{ operations: number }>('copy-manifest-uses');
/** Of earlier builds: whether the uses hold for operations of any age. One key, `all`. */
export const manifestsCounted = records<true>('copy-manifests-counted');
