import type { Insight } from '../operations/insight.ts';
import { type View, viewOf, type Whereabouts } from './authorisation.ts';
import type { Caller } from './caller.ts';
import { contentState } from './etag.ts';

/** The hosts and operations that a caller may see; undefined when these are all. */
export async function insightOf(
  { access }: Pick<Caller, 'access'>,
  { everywhere, clustersOfOperation }: Pick<Whereabouts, 'everywhere' | 'clustersOfOperation'>,
): Promise<(Insight & Pick<View, 'state'>) | undefined> {
  const hosts = viewOf({ access }, 'host:read');
  const operations = viewOf({ access }, 'operation:read');
  if (hosts === undefined && operations === undefined) return undefined;
  const clusters = hosts && (await everywhere());
  return {
    state: contentState([hosts?.state, operations?.state]),
    seesHost: (address) => hosts === undefined || hosts.sees(clusters?.get(address)),
    async seesOperation(id) {
      if (operations === undefined) return true;
      const about = await clustersOfOperation(id).catch(() => [undefined]);
      return about.every((cluster) => operations.sees(cluster));
    },
  };
}
