import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CompiledServer } from '../support/compiled.ts';
import { never, startKubernetesApi } from '../support/kubernetes.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const address = '192.0.2.7';
const member = `/api/v0/cluster/c1/hosts/${address}`;

test('a server killed between the node and the membership leaves neither; the next one does both', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  using api = await startKubernetesApi({ token: 'token-of-the-tests' });
  const registered = Promise.withResolvers<void>();
  api.interfere = (request) => {
    if (request.method !== 'POST') return undefined;
    api.setReady(address, true);
    registered.resolve();
    return never();
  };
  {
    await using server = await CompiledServer.start({ dataDir });
    const put = async (path: string, body: object) => (await server.request(path, { method: 'PUT', body })).status;
    const options = { server_url: api.url, certificate_authority: api.authority, token: 'token-of-the-tests' };
    expect(await put('/api/v0/containermanager/m', { options })).toBe(201);
    expect(await put('/api/v0/cluster/c1', { container_manager: 'm' })).toBe(201);
    expect(await put(`/api/v0/host/${address}?import=true`, { status: 'disassociated' })).toBe(201);
    const cutOff = put(member, {}).catch(() => 'cut off');
    await registered.promise;
    await server.kill('SIGKILL');
    expect(await cutOff).toBe('cut off');
  }
  expect([...api.nodes.keys()]).toEqual([address]);
  api.interfere = undefined;
  await using next = await CompiledServer.start({ dataDir });
  await until(() => api.nodes.size === 0);
  expect((await next.request(member)).status).toBe(404);
  expect((await next.request(member, { method: 'PUT', body: {} })).status).toBe(200);
  expect([...api.nodes.keys()]).toEqual([address]);
});
