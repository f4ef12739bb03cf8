import { expect } from 'vitest';
import type { Example } from './example.ts';

const put = 'curl -u "a:a" -XPUT -H "Content-Type: application/json"';
const get = 'curl -u "a:a" -XGET -H "Content-Type: application/json"';
const cluster = 'http://localhost:8000/api/v0/cluster/datacenter1';

/**
 * Chapter 5. What its lines take for granted is there: the cluster, and a private key at `path/to/key`. Nothing answers at
 * the host, so every operation on it ends as failed.
 *
 * @param key that key in base64
 */
export function operations(key: string): readonly Example[] {
  return [
    { line: 'cat path/to/key | base64 -w0 > encoded_key' },
    {
      line: bootstrapping('dGVzdAo='),
      wrong: {
        because: 'its key is the word "test": the original stored what no login could ever use, here it is refused',
        outcome: { status: 400, prints: { code: 'key_unreadable' }, stored: ['/host/192.168.1.100', 404] },
        instead: bootstrapping(key),
      },
      status: 201,
      prints: { address: '192.168.1.100', status: 'investigating' },
      stored: ['/host/192.168.1.100/creds', { address: '192.168.1.100', remote_user: 'root', ssh_priv_key: key }],
    },
    {
      line: `${put} ${cluster}/restart`,
      status: 201,
      prints: { name: 'datacenter1', status: 'in_process', restarted: [], finished_at: '' },
    },
    {
      line: `${get} ${cluster}/restart`,
      eventually: true,
      status: 200,
      prints: { name: 'datacenter1', status: 'failed', restarted: [], in_process: [], finished_at: timestamp() },
    },
    {
      line: `${put} ${cluster}/upgrade`,
      status: 201,
      prints: { name: 'datacenter1', status: 'in_process', upgraded: [], finished_at: '' },
    },
    {
      line: `${get} ${cluster}/upgrade`,
      eventually: true,
      status: 200,
      prints: { name: 'datacenter1', status: 'failed', upgraded: [], in_process: [], finished_at: timestamp() },
    },
    {
      line: `${put} --data='{"version": "7.2.1"}' ${cluster}/deploy`,
      wrong: {
        because: 'curl takes --data and its value as two words',
        outcome: { code: 2, says: 'is unknown', stored: ['/cluster/datacenter1/deploy', 404] },
        instead: `${put} --data '{"version": "7.2.1"}' ${cluster}/deploy`,
      },
      status: 201,
      prints: { name: 'datacenter1', status: 'in_process', version: '7.2.1', deployed: [], finished_at: '' },
    },
    {
      line: `${get} ${cluster}/deploy`,
      eventually: true,
      status: 200,
      prints: { name: 'datacenter1', status: 'failed', version: '7.2.1', deployed: [], finished_at: timestamp() },
    },
  ];
}

function bootstrapping(key: string): string {
  return `${put} http://localhost:8000/api/v0/host/192.168.1.100 -d '{"host": "192.168.1.100", "cluster": "datacenter1", "remote_user": "root", "ssh_priv_key": "${key}"}'`;
}

function timestamp(): unknown {
  return expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
}
