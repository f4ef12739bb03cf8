import type { Example } from './example.ts';

/**
 * Chapter 6, in an order in which they can be run one after the other: the manual has `delete` before `get`. What they
 * take for granted is there: the clusters `mycluster` and `datacenter1`, the private key, the password file, and at
 * 192.168.1.100 a host in the inventory with an sshd that lets nobody do anything.
 */
export const commctl: readonly Example[] = [
  {
    line: 'commctl cluster create --type kubernetes --network default my_cluster',
    prints: { name: 'my_cluster', network: 'default', container_manager: '' },
    stored: ['/cluster/my_cluster', { name: 'my_cluster', network: 'default' }],
  },
  {
    line: 'commctl cluster get my_cluster',
    prints: { name: 'my_cluster', hosts: { total: 0, available: 0, unavailable: 0 } },
  },
  { line: 'commctl cluster list', prints: /^datacenter1\nmy_cluster\nmycluster\n$/ },
  {
    line: 'commctl cluster deploy start mycluster 7.4.1',
    prints: { name: 'mycluster', status: 'in_process', version: '7.4.1' },
  },
  {
    line: 'commctl cluster deploy status mycluster',
    eventually: true,
    prints: { name: 'mycluster', status: 'finished', version: '7.4.1', deployed: [] },
  },
  {
    line: 'commctl host create --cluster my_cluster 192.168.152.110 /path/to/remote/hosts/priv/ssh_key',
    prints: { address: '192.168.152.110', status: 'investigating' },
    stored: ['/host/192.168.152.110/creds', { address: '192.168.152.110', remote_user: 'root' }],
  },
  {
    line: 'commctl host get 192.168.152.110',
    eventually: true,
    prints: { address: '192.168.152.110', status: 'failed' },
  },
  {
    line: 'commctl host status 192.168.152.110',
    prints: { type: 'host_only', host: { status: 'failed' }, container_manager: {} },
  },
  { line: 'commctl host list', prints: /^- address: 192\.168\.1\.100$.*^- address: 192\.168\.152\.110$/ms },
  {
    line: 'commctl cluster restart start my_cluster',
    prints: { name: 'my_cluster', status: 'in_process' },
    stored: ['/cluster/my_cluster/restart', { name: 'my_cluster', restarted: [] }],
  },
  {
    line: 'commctl cluster restart status my_cluster',
    eventually: true,
    prints: { name: 'my_cluster', status: 'failed', restarted: [], in_process: [] },
  },
  {
    line: 'commctl host delete 192.168.152.110',
    prints: /^Success$/m,
    stored: ['/cluster/my_cluster/hosts', []],
  },
  { line: 'commctl cluster delete my_cluster', prints: /^Success$/m, stored: ['/cluster/my_cluster', 404] },
  {
    line: 'commctl cluster upgrade start datacenter1 7.2.2',
    wrong: {
      because: 'an upgrade has no version, and the original refused it too',
      outcome: {
        code: 2,
        says: "for 'start'. Expected 1 argument but got 2",
        stored: ['/cluster/datacenter1/upgrade', 404],
      },
      instead: 'commctl cluster upgrade start datacenter1',
    },
    prints: { name: 'datacenter1', status: 'in_process' },
  },
  {
    line: 'commctl cluster upgrade status datacenter1',
    eventually: true,
    prints: { name: 'datacenter1', status: 'finished', upgraded: [] },
  },
  { line: 'commctl host list datacenter1', prints: /^$/ },
  { line: 'commctl host ssh 192.168.1.100', prints: /^logged in: 192\.168\.1\.100 \d+ 192\.168\.1\.100 22\n$/ },
  {
    line: 'commctl host ssh 192.168.1.100 -v -p 9876',
    prints: /^logged in: 192\.168\.1\.100 \d+ 192\.168\.1\.100 9876\n$/,
    says: 'debug1: ',
  },
  {
    line: `commctl network create --type flannel_server --options '{"address": "192.168.152.100:8080"}' my_network`,
    prints: { name: 'my_network', type: 'flannel_server', options: { address: '192.168.152.100:8080' } },
    stored: ['/network/my_network', { type: 'flannel_server', options: { address: '192.168.152.100:8080' } }],
  },
  {
    line: 'commctl network get my_network',
    prints: { name: 'my_network', type: 'flannel_server', options: { address: '192.168.152.100:8080' } },
  },
  { line: 'commctl network delete my_network', prints: /^Success$/m, stored: ['/network/my_network', 404] },
  { line: 'commctl passhash', typed: 'secret\n', prints: /Password: \s*\$2[ab]\$12\$[./\w]{53}\s*$/ },
  { line: 'commctl passhash --file my_password.txt', prints: /^\$2[ab]\$12\$[./\w]{53}$/m },
  { line: 'commctl passhash --rounds 15', typed: 'secret\n', prints: /Password: \s*\$2[ab]\$15\$[./\w]{53}\s*$/ },
  { line: 'commctl passhash --password bad_idea', prints: /^\$2[ab]\$12\$[./\w]{53}$/m },
];
