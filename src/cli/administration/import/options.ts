import type { Options, OptionValues } from '../../declaration.ts';
import { output } from '../output-option.ts';

/** The options of `commissaire import etcd`. */
export const etcdOptions = {
  config: {
    type: 'text',
    placeholder: 'FILE',
    summary: "the original's storage.conf, which names its etcd and its Custodia",
  },
  endpoint: {
    type: 'list',
    placeholder: 'URL',
    summary: 'client URL of a member of etcd ($ETCD_MACHINES, else http://127.0.0.1:2379); repeatable',
  },
  cacert: { type: 'text', placeholder: 'FILE', summary: 'CA of etcd ($ETCD_CACERT)' },
  cert: { type: 'text', placeholder: 'FILE', summary: 'client certificate for etcd ($ETCD_TLSPEM)' },
  key: { type: 'text', placeholder: 'FILE', summary: 'key of the client certificate ($ETCD_TLSKEY)' },
  user: {
    type: 'text',
    placeholder: 'NAME',
    summary: 'user of etcd ($ETCD_USERNAME), with the password in $ETCD_PASSWORD',
  },
  dataDirOfEtcd: {
    type: 'text',
    placeholder: 'DIR',
    summary: 'read a copy of the data directory of an etcd that does not run',
  },
  snapshot: { type: 'text', placeholder: 'FILE', summary: 'read a v3 snapshot of etcd' },
  etcdProgram: {
    type: 'text',
    placeholder: 'FILE',
    summary: 'the program etcd that reads those two; that of PATH if not given',
  },
  etcdApi: {
    type: 'text',
    placeholder: 'API',
    choices: ['v2', 'v3'],
    summary: 'whose keys to read: v2, as the original writes them, or v3; by default the API that has some',
  },
  custodiaKey: {
    type: 'text',
    placeholder: 'FILE',
    summary: 'master key of Custodia, which opens the keys of the hosts',
  },
  custodiaSocket: { type: 'text', placeholder: 'FILE', summary: 'socket of a running Custodia, to ask instead' },
  custodiaNamespace: {
    type: 'text',
    placeholder: 'NAME',
    default: 'commissaire/custodia',
    summary: 'namespace of the store of Custodia in etcd',
  },
  withoutCredentials: {
    type: 'flag',
    summary: 'also import hosts whose keys cannot be had; otherwise they are left out',
  },
  knownHosts: {
    type: 'text',
    placeholder: 'FILE',
    summary: 'pin the host keys of this known_hosts file; otherwise the first key that a machine shows is pinned',
  },
  overwrite: { type: 'flag', summary: 'replace records that differ; otherwise nothing is imported when some do' },
  skip: { type: 'flag', summary: 'keep records that differ, and import the others' },
  writeConfig: {
    type: 'text',
    placeholder: 'FILE',
    summary: 'also write the configuration of commissaire-server in etcd to this new file',
  },
  dryRun: { type: 'flag', short: 'n', summary: 'show what would be done, and write nothing' },
  dataDir: {
    type: 'text',
    placeholder: 'DIR',
    summary: 'data directory of the server, which may be running; that of its configuration if not given',
  },
  output,
} as const satisfies Options;

export type EtcdOptions = OptionValues<typeof etcdOptions>;
