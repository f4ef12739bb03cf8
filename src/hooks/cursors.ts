import { records } from '../store/contract.ts';

/** How far a hook has come: everything up to this sequence number is dealt with. By its name. */
export const hookCursors = records<{ sequence: number }>('hook-cursors');
