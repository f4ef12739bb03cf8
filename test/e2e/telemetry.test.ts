import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeAuthority } from '../support/certificates.ts';
import { CompiledServer, compiledExecutable } from '../support/compiled.ts';
import { type Fleet, withSshdFleet } from '../support/fleet.ts';
import { type OtlpReceiver, otlpReceiver } from '../support/otlp-receiver.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const monitoring = join(import.meta.dirname, '../../docs/monitoring');
const parentTrace = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${parentTrace}-00f067aa0ba902b7-01`;
const secret = 'marked-7f3a';

/** The compiled server after a rollout over two machines, one of which does not answer. */
describe('a server that is watched', () => {
  const home = temporaryDirectory();
  let fleet: Fleet & AsyncDisposable;
  let server: CompiledServer;
  let collector: OtlpReceiver;
  const hooked: (string | null)[] = [];
  const hook = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch(request) {
      hooked.push(request.headers.get('traceparent'));
      return new Response();
    },
  });
  let operation = '';

  const local = (path: string, init: RequestInit & { body?: string } = {}) =>
    fetch(`http://localhost${path}`, { ...init, unix: join(home.path, 'data', 'commissaire.sock') });
  const send = async (method: string, path: string, body: object, headers: Record<string, string> = {}) => {
    const sent = { 'content-type': 'application/json', ...headers };
    const answer = await local(path, { method, headers: sent, body: JSON.stringify(body) });
    expect(answer.status, path).toBeLessThan(300);
    return answer;
  };
  const metrics = async () => {
    const { metrics: url } = await server.logged(({ msg }) => msg === 'listening');
    return (await fetch(String(url))).text();
  };
  const ended = async (id: string) => {
    const state = async () => (await (await local(`/api/v0/operation/${id}`)).json()) as { finished_at: string };
    await until(async () => (await state()).finished_at !== '');
  };

  beforeAll(async () => {
    symlinkSync(compiledExecutable(), join(home.path, 'commctl'));
    fleet = await withSshdFleet(1);
    collector = otlpReceiver();
    const { certificate, key } = await (await makeAuthority('site')).issue({ address: '127.0.0.1' });
    const file = (name: string, text: string) => {
      writeFileSync(join(home.path, name), text, { mode: 0o600 });
      return join(home.path, name);
    };
    const configuration = file(
      'commissaire.conf',
      JSON.stringify({
        'data-dir': join(home.path, 'data'),
        'listen-interface': '0.0.0.0',
        'listen-port': 0,
        'tls-pemfile': file('server.pem', `${certificate}\n${key}\n`),
        'metrics-listen': '127.0.0.1:0',
        'otlp-endpoint': collector.url,
        'otlp-headers-file': file('headers', `# for the collector\nAuthorization: Bearer ${secret}\n`),
        'log-levels': { ssh: 'debug' },
        hooks: [{ name: 'chat', filter: 'operation.finished.*', url: `http://127.0.0.1:${hook.port}/` }],
      }),
    );
    server = await CompiledServer.launch([compiledExecutable(), 'serve', '-c', configuration], {
      cwd: home.path,
      env: { HOME: home.path },
    }).listening();
    const [machine] = fleet.hosts;
    if (machine === undefined) throw new Error('the fleet is empty');
    const ssh_priv_key = readFileSync(fleet.key).toString('base64');
    const login = { ssh_priv_key, remote_user: fleet.user, cluster: 'rack7' };
    await send('PUT', '/api/v0/cluster/rack7', {});
    for (const [address, port] of [
      [machine.address, machine.port],
      ['127.77.0.9', 1],
    ] as const) {
      await send('PUT', `/api/v0/host/${address}?import=true`, { ...login, port, status: 'active' });
    }
    const strategy = { max_unreachable: '100%' };
    const exec = { kind: 'exec', target: 'cluster:rack7', parameters: { command: 'true' }, strategy };
    const started = await send('POST', '/api/v0/operations', exec, { traceparent });
    ({ id: operation } = (await started.json()) as { id: string });
    await ended(operation);
    const delivered = 'commissaire_hook_deliveries_total{hook="chat",result="delivered"} 1';
    await until(async () => (await metrics()).includes(delivered));
  });

  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    collector?.[Symbol.dispose]();
    await hook.stop(true);
    await fleet?.[Symbol.asyncDispose]();
    home[Symbol.dispose]();
  });

  test('its metrics are as promtool wants them, and count what happened', async () => {
    const text = await metrics();
    execFileSync('promtool', ['check', 'metrics'], { input: text, stdio: ['pipe', 'ignore', 'pipe'] });
    const value = (sample: string) => {
      const line = text.split('\n').find((each) => each.startsWith(`${sample} `));
      return Number(line?.slice(sample.length));
    };
    expect(value('commissaire_ready')).toBe(1);
    expect(value('commissaire_operations_ended_total{kind="exec",status="finished"}')).toBe(1);
    expect(value('commissaire_ssh_handshakes_total{result="success"}')).toBeGreaterThan(0);
    expect(value('commissaire_ssh_handshakes_total{result="unreachable"}')).toBeGreaterThan(0);
    expect(value('commissaire_ssh_handshake_phase_duration_seconds_count{phase="key_exchange"}')).toBeGreaterThan(0);
    expect(value('commissaire_hosts{status="active"}')).toBe(2);
    const posted = 'commissaire_http_requests_total{route="/api/v0/operations",method="POST",status="201"}';
    expect(value(posted)).toBe(1);
    expect(value('commissaire_hook_deliveries_total{hook="chat",result="delivered"}')).toBe(1);
    expect(value('commissaire_certificate_expiry_timestamp_seconds') * 1000).toBeGreaterThan(Date.now());
    expect(value('commissaire_store_used_bytes')).toBeLessThanOrEqual(value('commissaire_store_file_bytes'));
    for (const private_ of ['127.77.0.9', 'rack7', secret]) expect(text).not.toContain(private_);
  });

  test('Accept chooses OpenMetrics; the API has the same metrics', async () => {
    const accept = 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5';
    const answer = await local('/metrics', { headers: { accept } });
    expect(answer.headers.get('content-type')).toContain('application/openmetrics-text');
    const text = await answer.text();
    expect(text).toMatch(/\n# EOF\n$/);
    expect(text).toContain('# TYPE commissaire_http_requests counter\ncommissaire_http_requests_total{');
    const plain = await local('/metrics');
    expect(plain.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  });

  test('the dashboard and the alert rules are about metrics that there are, in expressions that Prometheus reads', async () => {
    const known = new Set((await metrics()).match(/^# TYPE \S+/gm)?.map((line) => line.slice('# TYPE '.length)));
    const expressions = [...panelExpressions(), ...alertExpressions()];
    expect(expressions.length).toBeGreaterThan(60);
    for (const expression of expressions) {
      const names = expression.match(/\b(commissaire|process)_[a-z_]+/g) ?? [];
      for (const name of names) {
        expect(known.has(name) || known.has(name.replace(/_(bucket|sum|count)$/, '')), `${name} of ${expression}`).toBe(
          true,
        );
      }
    }
    const rules = expressions.map((expr, at) => ({ record: `checked:${at}`, expr }));
    const file = join(home.path, 'expressions.yml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    execFileSync('promtool', ['check', 'rules', file], { stdio: 'pipe' });
  });

  test('the alert rules fire when they should, and not before', () => {
    execFileSync('promtool', ['test', 'rules', 'alerts.test.yml'], { cwd: monitoring, stdio: 'pipe' });
  });

  test('a rollout is one trace, from the request to the phases of each handshake', async () => {
    const named = (name: string) => collector.spans.filter((span) => span.name === name);
    await until(() => named('operation exec').length > 0);
    expect(collector.faults).toEqual([]);
    const [request] = named('POST /api/v0/operations');
    const [rollout] = named('operation exec');
    expect(request).toMatchObject({ traceId: parentTrace, parentSpanId: '00f067aa0ba902b7', kind: 2 });
    expect(request?.attributes).toMatchObject({
      'http.response.status_code': '201',
      'http.route': '/api/v0/operations',
    });
    expect(rollout).toMatchObject({ traceId: parentTrace, parentSpanId: request?.spanId });
    expect(rollout?.attributes).toMatchObject({
      'commissaire.operation.id': operation,
      'commissaire.operation.kind': 'exec',
      'commissaire.operation.status': 'finished',
    });
    const hosts = named('host').filter(({ parentSpanId }) => parentSpanId === rollout?.spanId);
    expect(hosts.map(({ attributes }) => attributes['commissaire.host.state']).sort()).toEqual([
      'succeeded',
      'unreachable',
    ]);
    const steps = named('step exec');
    expect(steps.map(({ parentSpanId }) => parentSpanId).sort()).toEqual(hosts.map(({ spanId }) => spanId).sort());
    const handshakes = named('ssh handshake').filter(({ traceId }) => traceId === parentTrace);
    expect(handshakes.map(({ status }) => status.message).sort()).toEqual([undefined, 'unreachable'].sort());
    const phases = collector.spans.filter(({ parentSpanId }) =>
      handshakes.some(({ spanId }) => spanId === parentSpanId),
    );
    expect(phases.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['ssh tcp', 'ssh key exchange', 'ssh authentication']),
    );
  });

  test('a webhook gets the trace of its delivery', async () => {
    const spanOf = () => collector.spans.find(({ name }) => name === 'hook chat');
    await until(() => spanOf() !== undefined);
    expect(hooked[0]).toBe(`00-${spanOf()?.traceId}-${spanOf()?.spanId}-01`);
  });

  test('the collector learns what the server is, gets the headers of the file, and no secret', () => {
    expect(collector.resource).toMatchObject({ 'service.name': 'commissaire', 'service.version': expect.any(String) });
    expect(collector.headers[0]?.get('authorization')).toBe(`Bearer ${secret}`);
    expect(JSON.stringify(collector.spans)).not.toContain(secret);
    expect(server.lines.join('\n')).not.toContain(secret);
  });

  test('lines of the log say their module, request and operation, and are read over the API', async () => {
    const lines = async (query: string) =>
      (await (await local(`/api/v0/logs?${query}`)).json()) as Record<string, unknown>[];
    const ofOperation = await lines(`operation=${operation}&module=ssh`);
    expect(ofOperation.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['logged in', 'could not log in']));
    const answer = await local('/api/v0/hosts', { headers: { 'x-log-request': 'debug', 'x-log-token': 'case-1' } });
    const requestId = answer.headers.get('x-request-id');
    expect(await lines('token=case-1')).toEqual([
      expect.objectContaining({ level: 'debug', module: 'api', msg: 'request', requestId, logToken: 'case-1' }),
    ]);
    // Another request is logged as before.
    await local('/api/v0/hosts');
    expect(await lines('level=debug&module=api')).toHaveLength((await lines('level=info&module=api')).length + 1);
  });

  test('commctl shows what the server is, how it is, and its log as it grows', async () => {
    const commctl = (...words: string[]) => {
      const endpoint = `unix:${join(home.path, 'data', 'commissaire.sock')}`;
      const env = { HOME: home.path, PATH: process.env.PATH ?? '', COMMCTL_ENDPOINT: endpoint };
      return execFileSync(join(home.path, 'commctl'), words, { env, encoding: 'utf8' });
    };
    expect(JSON.parse(commctl('server', 'info', '-o', 'json'))).toMatchObject({
      features: expect.arrayContaining(['hooks', 'metrics_listener', 'tls', 'traces']),
      counts: { hosts: 2, clusters: 1 },
      data_directory: join(home.path, 'data'),
    });
    expect(commctl('server', 'status', '-o', 'table')).toMatch(/^CHECK +STATE +REASON\n/);
    expect(commctl('server', 'status', '-o', 'table')).toMatch(/^store +ok/m);
    expect(commctl('server', 'logs', '--module', 'ssh', '-o', 'table')).toMatch(/DEBUG {2}ssh: logged in/);
  });
});

interface Panel {
  readonly targets?: readonly { readonly expr: string }[];
}

/** The expressions of the dashboard, with its variables replaced as Grafana does. */
function panelExpressions(): string[] {
  const { panels }: { panels: readonly Panel[] } = JSON.parse(
    readFileSync(join(monitoring, 'grafana-dashboard.json'), 'utf8'),
  );
  const written = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  return written.map((expr) => expr.replaceAll('$job', '.*').replaceAll('$instance', '.*'));
}

function alertExpressions(): string[] {
  const { groups } = Bun.YAML.parse(readFileSync(join(monitoring, 'alerts.yml'), 'utf8')) as {
    groups: { rules: { expr: string }[] }[];
  };
  return groups.flatMap(({ rules }) => rules.map(({ expr }) => expr));
}
