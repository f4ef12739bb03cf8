import { commandsWith } from '../command.ts';
import type { Terminal } from '../terminal.ts';
import { etcdOptions } from './import/options.ts';

const { command, group } = commandsWith<{ terminal: Terminal }>();

const etcd = command({
  name: 'etcd',
  summary: 'Import an installation of the original Commissaire from its etcd, and the keys of its hosts from Custodia',
  brief: 'Import an installation of the original Commissaire from its etcd',
  arguments: {},
  options: etcdOptions,
  examples: [
    'commissaire import etcd --custodia-key /var/lib/commissaire/custodia/secrets.key --dry-run',
    'commissaire import etcd --endpoint https://etcd1:2379 --endpoint https://etcd2:2379 --cacert ca.pem',
    'commissaire import etcd --data-dir-of-etcd /var/lib/etcd/default --custodia-key secrets.key',
    'commissaire import etcd --snapshot snapshot.db --without-credentials -o json',
  ],
  async handler({ terminal }, given) {
    const { importEtcd } = await import('./import/etcd.ts');
    return importEtcd(given, terminal);
  },
});

export const importing = group('import', 'Import the inventory of another system', [etcd]);
