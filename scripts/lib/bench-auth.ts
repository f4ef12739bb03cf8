/**
 * `scripts/bench auth`: the cost of authentication: requests per second with a password, a token and a client
 * certificate, beside a route without authentication; and how long other callers wait while a thousand wrong passwords
 * are tried.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Waited } from './bench-auth-other.ts';
import { freePort } from './bench-free-port.ts';
import { type Load, type Rate, rawRate } from './bench-raw-requests.ts';

const executable = join(import.meta.dirname, '../../dist/commissaire');
const rounds = 5;
const seconds = 3;
const connections = 32;
/** The wanted part of the rate of a route without authentication. */
const goal = 0.85;
/** Milliseconds within which other callers get an answer while passwords are guessed. */
const patience = 50;

const load = loadavg()[0] ?? 0;
const directory = mkdtempSync(join(tmpdir(), 'bench-auth-'));
const servers: ChildProcess[] = [];
try {
  const hash = await Bun.password.hash('secret', 'argon2id');
  const users = { admin: { hash }, other: { hash } };
  const plain = await serve('plain', { 'authentication-plugins': [{ name: 'httpbasicauth', users }] });
  const basic = { authorization: `Basic ${btoa('admin:secret')}` };
  const token = { authorization: `Bearer ${await minted(plain, basic)}` };
  const certificates = makeCertificates();
  const verifying = await serve('tls', {
    'tls-pemfile': certificates.server,
    'tls-clientverifyfile': certificates.ca,
    'authentication-plugins': [{ name: 'httpauthclientcert' }],
  });
  const shown = { ca: read(certificates.ca), cert: read(certificates.client), key: read(certificates.client) };
  const known = '/api/v0/network/default';
  const rows: [string, Load][] = [
    ['HTTP, nobody is asked', of({ port: plain, path: '/version' })],
    ['HTTP, password (remembered)', of({ port: plain, path: known, headers: basic })],
    ['HTTP, token', of({ port: plain, path: known, headers: token })],
    ['TLS, nobody is asked', of({ port: verifying, path: '/version', tls: shown })],
    ['TLS, client certificate', of({ port: verifying, path: known, tls: shown })],
  ];
  console.log(`${rounds} rounds of ${seconds} s, ${connections} connections; load before ${load.toFixed(2)}\n`);
  console.log(`${'requests'.padEnd(30)}per second    p99 ms    to nobody   goal`);
  const measured = new Map<string, Rate[]>(rows.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, row] of rows) measured.get(name)?.push(await rawRate(row));
  }
  let nobody = 1;
  for (const [name] of rows) {
    const { perSecond, p99 } = medianOf(measured.get(name) ?? []);
    const isFirst = name.endsWith('nobody is asked');
    if (isFirst) nobody = perSecond;
    const cells = [perSecond.toFixed(0).padStart(10), p99.toFixed(1).padStart(10)];
    const ratio = isFirst ? '' : `${(perSecond / nobody).toFixed(2).padStart(13)} > ${goal}`;
    console.log(`${name.padEnd(30)}${cells.join('')}${ratio}`);
  }
  await guessing(plain, token);
} finally {
  for (const server of servers) {
    const gone = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGKILL');
    await gone;
  }
  rmSync(directory, { recursive: true });
}

/** A thousand wrong passwords at once, and meanwhile a caller with the right credentials in a separate process. */
async function guessing(port: number, headers: Record<string, string>): Promise<void> {
  const url = `http://127.0.0.1:${port}/api/v0/network/default`;
  const script = join(import.meta.dirname, 'bench-auth-other.ts');
  const other = spawn(process.execPath, [script, url, headers.authorization ?? ''], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const told = text(other.stdout);
  await Bun.sleep(1_000);
  const begun = performance.now();
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, async (_, number) => {
      const response = await fetch(url, { headers: { authorization: `Basic ${btoa(`other:wrong ${number}`)}` } });
      await response.arrayBuffer();
      return response;
    }),
  );
  const took = performance.now() - begun;
  other.stdin.end();
  const { count, median, worst } = JSON.parse(await told) as Waited;
  const refused = answers.filter(({ status }) => status === 403).length;
  const kept = answers.filter(({ status }) => status === 429);
  const pause = Math.max(...kept.map((answer) => Number(answer.headers.get('retry-after'))));
  console.log(`\n1,000 wrong passwords at once, ${took.toFixed(0)} ms: ${refused} looked at, ${kept.length} not`);
  console.log(`others meanwhile: ${count} answers, median ${median.toFixed(1)} ms, worst ${worst.toFixed(1)} ms`);
  console.log(`goal for others: < ${patience} ms`);
  await Bun.sleep(pause * 1000);
  const { status } = await fetch(url, { headers: { authorization: `Basic ${btoa('other:secret')}` } });
  console.log(`the right password after the announced ${pause} s: ${status}`);
}

function of(load: Omit<Load, 'connections' | 'seconds'>): Load {
  return { ...load, connections, seconds };
}

async function serve(name: string, members: object): Promise<number> {
  const port = await freePort();
  const file = join(directory, `${name}.conf`);
  writeFileSync(file, JSON.stringify({ 'data-dir': join(directory, name), 'listen-port': port, ...members }), {
    mode: 0o600,
  });
  const server = spawn(executable, ['serve', '--config-file', file], { stdio: ['ignore', 'ignore', 'pipe'], env: {} });
  servers.push(server);
  await new Promise<void>((resolve, reject) => {
    let said = '';
    server.stderr?.on('data', (chunk) => {
      said += chunk;
      if (said.includes('"msg":"listening"')) resolve();
    });
    server.once('exit', () => reject(new Error(`the server ended: ${said}`)));
  });
  return port;
}

async function minted(port: number, headers: Record<string, string>): Promise<string> {
  const body = JSON.stringify({ kind: 'automation', lifetime: 3_600 });
  const response = await fetch(`http://127.0.0.1:${port}/api/v0/tokens`, { method: 'POST', headers, body });
  const { token } = (await response.json()) as { token?: string };
  if (token === undefined) throw new Error(`no token, but ${response.status}`);
  return token;
}

/** Each certificate and its key in one file. */
function makeCertificates(): { ca: string; server: string; client: string } {
  const at = (name: string) => join(directory, name);
  const openssl = (...args: string[]) => {
    const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-subj', '/CN=bench CA');
  for (const name of ['server', 'client']) {
    const issued = ['-x509', '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-addext', 'subjectAltName=IP:127.0.0.1'];
    openssl('req', ...issued, ...key, '-keyout', at(`${name}.key`), '-out', at(`${name}.crt`), '-subj', `/CN=${name}`);
    writeFileSync(at(`${name}.pem`), `${read(at(`${name}.key`))}\n${read(at(`${name}.crt`))}`, { mode: 0o600 });
  }
  return { ca: at('ca.pem'), server: at('server.pem'), client: at('client.pem') };
}

function read(path: string): string {
  return readFileSync(path, 'utf8');
}

function medianOf(rates: readonly Rate[]): Rate {
  const median = rates.toSorted((one, other) => one.perSecond - other.perSecond)[Math.floor(rates.length / 2)];
  if (median === undefined) throw new Error('nothing was measured');
  return median;
}
