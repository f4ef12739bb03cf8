/** A command line program with a fault that nobody handles. */
import { endUnhandled } from '../../../src/cli/unhandled.ts';
import { onUnhandled } from '../../../src/lib/unhandled.ts';

onUnhandled((error) => endUnhandled(error, 'commctl'));
setTimeout(() => {
  throw new Error('a fault');
}, 1);
setTimeout(() => process.stdout.write('not reached'), 60_000);
