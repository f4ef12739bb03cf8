import type { NewOperation } from '../client/operations.ts';
import { command } from './context.ts';
import { localCopy } from './local-copy.ts';
import { plan, printBegun, printPlan, queue } from './operation-start.ts';
import { promptStrategy } from './prompt-strategy.ts';
import { narrowed, selector } from './selector.ts';
import { refusedRebootOptions, strategyOf, strategyOptions } from './strategy-options.ts';
import { noWaitOptions } from './wait-options.ts';

export const copy = command({
  name: 'copy',
  summary: 'Copy a file or a directory to hosts',
  arguments: {
    source: { summary: 'file or directory on this machine', file: true },
    target: { summary: 'target expression, such as cluster:web', completes: 'target' },
    path: { summary: 'absolute path on the hosts' },
  },
  options: {
    fromServer: { type: 'flag', summary: 'the source is on the server, below one of its copy-sources' },
    mode: {
      type: 'text',
      placeholder: 'OCTAL',
      summary: 'mode of the files on the hosts, instead of that of the source',
    },
    owner: { type: 'text', placeholder: 'USER', summary: 'owner of the files on the hosts' },
    group: { type: 'text', placeholder: 'GROUP', summary: 'group of the files on the hosts' },
    parents: { type: 'flag', summary: 'create the parent directory of the path' },
    selector,
    ...strategyOptions,
    ...refusedRebootOptions,
    plan,
    queue,
    ...noWaitOptions,
    wait: { type: 'flag', summary: 'has no effect: copy waits, unless --no-wait is given' },
  },
  examples: [
    'commctl copy motd cluster:web /etc/motd --mode 0644',
    'commctl copy ./site web[01-20] /opt/site --owner www-data --parents --batch 25%',
    'commctl copy --from-server /srv/commissaire/image.tar.gz cluster:web /var/tmp/image.tar.gz',
  ],
  async handler(context, { source, target, selector, path, fromServer, plan, queue, noWait, waitTimeout, ...options }) {
    const { mode, owner, group, parents } = options;
    const strategy = promptStrategy(await strategyOf(options));
    const said = Object.entries({ mode, owner, group }).filter(([, value]) => value !== undefined);
    const place = { path, ...Object.fromEntries(said), ...(parents ? { parents } : {}) };
    const body = (content: object): NewOperation => ({
      kind: 'copy',
      target: narrowed(target, selector),
      // A mode that was given overrides that of the file.
      parameters: { ...content, ...place },
      strategy,
      ...(queue ? { wait: true } : {}),
    });
    const asked = fromServer ? body({ source }) : await localCopy(source, body);
    const { operations } = await context.connect();
    if (plan || context.dryRun) return printPlan(context, await operations.plan(asked));
    const waiting = { waits: !noWait, seconds: waitTimeout };
    return printBegun(context, await operations.start(asked), waiting);
  },
});
