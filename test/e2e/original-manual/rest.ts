/** Chapter 10: a body of the manual, letter by letter, sent with PUT; and what is answered. */
export interface Body {
  readonly path: string;
  readonly text: string;
  /** When it is wrong in the manual: why, how it is refused (400 unless said), and the nearest one that works. */
  readonly wrong?: {
    readonly because: string;
    readonly status?: number;
    readonly code: string;
    readonly instead: string;
  };
  readonly status: number;
  readonly answer: object;
}

/** In this order; the hosts 192.168.100.50 and .51 are there and active. */
export const bodies: readonly Body[] = [
  {
    path: '/containermanager/prod_openshift',
    text: `{
"type": "openshift",
"options": {

"apiserver": "https://192.168.152.101:8080/api/"
},

}`,
    wrong: {
      because: 'it has a comma too much',
      code: 'invalid_body',
      instead: '{"type": "openshift", "options": {"apiserver": "https://192.168.152.101:8080/api/"}}',
    },
    status: 201,
    answer: { name: 'prod_openshift', type: 'openshift' },
  },
  {
    path: '/network/mynetwork',
    text: `{
"type": "flannel_server",
"options": {

"address": "192.168.152.101:8080"
},

}`,
    wrong: {
      because: 'it has a comma too much',
      code: 'invalid_body',
      instead: '{"type": "flannel_server", "options": {"address": "192.168.152.101:8080"}}',
    },
    status: 201,
    answer: { name: 'mynetwork', type: 'flannel_server', options: { address: '192.168.152.101:8080' } },
  },
  {
    path: '/cluster/managed',
    text: `{
"container_manager": "prod_openshift",
"network": "default"

}`,
    status: 201,
    answer: { name: 'managed', container_manager: 'prod_openshift', network: 'default' },
  },
  {
    path: '/cluster/mycluster/hosts',
    text: `{
"old": ["192.168.100.50"],
"new": ["192.168.100.50", "192.168.100.51"]

}`,
    status: 200,
    answer: { name: 'mycluster', hostset: ['192.168.100.50', '192.168.100.51'] },
  },
  {
    path: '/cluster/empty/deploy',
    text: `{
"version": "7.2.6"

}`,
    status: 201,
    answer: { status: 'in_process', version: '7.2.6', deployed: [], in_process: [] },
  },
  {
    path: '/host/192.168.100.52',
    text: `{
"cluster": "default",
"remote_user": "root",
"ssh_priv_key": "dGVzdAo..."

}`,
    wrong: {
      because: 'there is no cluster default, and the dots stand for the rest of a key',
      status: 409,
      code: 'cluster_unknown',
      instead: '{"cluster": "empty", "remote_user": "root", "ssh_priv_key": "KEY"}',
    },
    status: 201,
    answer: { address: '192.168.100.52', status: 'investigating' },
  },
];

interface Sample {
  readonly path: string;
  /** What the manual shows, of which every member has to be there, of the same type; null stands for any type. */
  readonly sample: unknown;
  /** Where it is, if not where the manual says. */
  readonly instead?: string;
}

const host = {
  address: '192.168.100.50',
  status: 'active',
  os: 'atomic',
  cpus: 4,
  memory: 11_989_228,
  space: 487_652,
  last_check: '2015-12-17T15:48:18.710454',
};

/** What the manual shows of a host, and what 192.168.100.50 was imported as. */
export const hostSample = { ...host, source: '' };

/** What a GET answers, after all of the above. */
export const samples: readonly Sample[] = [
  {
    path: '/cluster/mycluster',
    sample: {
      name: 'mycluster',
      status: 'ok',
      network: 'default',
      container_manager: 'prod_openshift',
      hosts: { total: 3, available: 2, unavailable: 1 },
    },
  },
  { path: '/cluster/mycluster/hosts', sample: ['192.168.100.50', '192.168.100.51'] },
  { path: '/cluster/mycluster/hosts/192.168.100.50', sample: ['192.168.100.50'] },
  {
    path: '/cluster/empty/deploy',
    sample: { status: '', version: '', deployed: [], in_process: [], started_at: '', finished_at: '' },
  },
  { path: '/cluster/', instead: '/clusters/', sample: ['mycluster'] },
  { path: '/containermanagers/', sample: ['prod_openshift'] },
  { path: '/containermanager/prod_openshift', sample: { name: '', type: 'openshift', options: {} } },
  { path: '/host/192.168.100.50', sample: hostSample },
  { path: '/host/192.168.100.52/creds', sample: { ssh_priv_key: '', remote_user: 'root' } },
  {
    path: '/host/192.168.100.50/status',
    sample: { type: 'host_only', host: { last_check: '', status: 'active' }, container_manager: {} },
  },
  { path: '/hosts', sample: [host] },
  { path: '/networks/', sample: ['mynetwork'] },
  {
    path: '/network/mynetwork',
    sample: { name: 'mynetwork', type: 'flannel_server', options: { address: '192.168.152.101:8080' } },
  },
];
