import type { TestCustodia } from './custodia/custodia.ts';
import type { TestEtcd } from './etcd.ts';
import type { SshKey } from './ssh-key.ts';

/** A host as the original stores it: every member, in its order (contract 2.2). */
export function originalHost(address: string, members: Readonly<Record<string, unknown>> = {}): object {
  const at = '2017-03-04T05:06:07.890123';
  return {
    address,
    status: 'active',
    os: 'fedora',
    cpus: 2,
    memory: 2048,
    space: 52_428_800,
    last_check: at,
    source: '',
    ...members,
  };
}

export function originalCluster(name: string, hostset: readonly string[], members: object = {}): object {
  return { name, status: '', network: 'default', hostset, container_manager: '', ...members };
}

/** Fills an etcd and its Custodia as an installation of the original leaves them (contract 11.2, 11.3). */
export async function fillInstallation(etcd: TestEtcd, custodia: TestCustodia, key: SshKey): Promise<void> {
  const put = (path: string, record: object) => etcd.put(`/commissaire/${path}`, pythonJson(record));
  await put('networks/default', { name: 'default', type: 'flannel_etcd', options: {} });
  await put('networks/overlay', { name: 'overlay', type: 'flannel_server', options: { address: '192.0.2.250:8080' } });
  await put('container_managers/prod', {
    name: 'prod',
    type: 'openshift',
    options: { server_url: 'https://openshift.example.com:8443', token: 'of-the-original' },
  });
  await put('hosts/192.0.2.11', originalHost('192.0.2.11'));
  await put('hosts/192.0.2.12', originalHost('192.0.2.12', { os: 'redhat', memory: 4096 }));
  await put('hosts/192.0.2.13', originalHost('192.0.2.13', { status: 'disassociated' }));
  await put('hosts/192.0.2.14', originalHost('192.0.2.14', { status: '' }));
  await put('hosts/db.example.com', originalHost('db.example.com', { status: 'failed' }));
  await put(
    'clusters/web',
    originalCluster('web', ['192.0.2.12', '192.0.2.11'], { network: 'overlay', container_manager: 'prod' }),
  );
  await put('clusters/batch', originalCluster('batch', ['192.0.2.13', '192.0.2.14']));
  await put('cluster/web/restart', {
    name: 'web',
    status: 'finished',
    restarted: ['192.0.2.12', '192.0.2.11'],
    in_process: [],
    started_at: '2017-03-04T05:00:00.000000',
    finished_at: '2017-03-04T05:10:00.000000',
  });
  for (const address of ['192.0.2.11', '192.0.2.12', '192.0.2.13', '192.0.2.14', 'db.example.com']) {
    const remote_user = address === '192.0.2.13' ? 'fedora' : 'root';
    await custodia.save(address, { address, ssh_priv_key: key.privateFile, remote_user });
  }
}

/** As Python's `json.dumps` separates members. */
function pythonJson(record: object): string {
  return JSON.stringify(record, null, 1).replaceAll(/\n\s*/g, ' ');
}
