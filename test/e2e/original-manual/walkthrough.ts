import type { Example } from './example.ts';

/** Chapter 4. What its lines take for granted is there: the private key, and the cluster `my_cluster`. */
export const walkthrough: readonly Example[] = [
  {
    line: `commctl container_manager create --type openshift --options='{"server_url": "https://openshift.example.com", "token": "aaa"}' ocp`,
    prints: { name: 'ocp', type: 'openshift' },
    stored: [
      '/containermanager/ocp',
      { name: 'ocp', type: 'openshift', options: { server_url: 'https://openshift.example.com', token: '***' } },
    ],
  },
  {
    line: 'commctl cluster create --container-manager ocp mycluster',
    prints: { name: 'mycluster', container_manager: 'ocp', network: 'default' },
    stored: ['/cluster/mycluster', { container_manager: 'ocp', hosts: { total: 0, available: 0, unavailable: 0 } }],
  },
  {
    line: 'commctl host create --cluster my_cluster 192.168.152.110 /path/to/remote/hosts/priv/ssh_key',
    prints: { address: '192.168.152.110', status: 'investigating' },
    stored: ['/cluster/my_cluster/hosts', ['192.168.152.110']],
  },
  {
    line: 'commctl cluster restart start my_cluster',
    prints: { name: 'my_cluster', status: 'in_process' },
    stored: ['/cluster/my_cluster/restart', { name: 'my_cluster' }],
  },
];
