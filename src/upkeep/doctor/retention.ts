import { existsSync } from 'node:fs';
import { dataFileOf } from '../../store/store-file.ts';
import type { Check, Found } from './check.ts';
import { shownBytes } from './shown-bytes.ts';

/** How full what is kept is, against the option that limits it. A full one is usual: the oldest are removed then. */
export const retention: Check = {
  name: 'retention',
  group: 'data',
  async run({ dataDir, kept }) {
    if (!existsSync(dataFileOf(dataDir))) return [];
    return (await kept()).map(({ what, option, present, limit, inBytes }): Found => {
      const [have, most] = inBytes ? [shownBytes(present), shownBytes(limit)] : [present, limit];
      const percent = Math.round((100 * present) / limit);
      const found = `${have} of ${most} (${option}, ${percent} %)`;
      if (present <= 1.1 * limit) return { verdict: 'ok', about: what, found };
      const remedy = 'start the server: it removes the oldest at its start and every quarter of an hour';
      return { verdict: 'warning', about: what, found, remedy };
    });
  },
};
