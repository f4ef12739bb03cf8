import { records } from '../store/contract.ts';

/** By name of the hook: the sequence number up to which it has handled events. */
export const hookCursors = records<{ sequence: number }>('hook-cursors');
