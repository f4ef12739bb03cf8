import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { makeAuthority } from '../support/certificates.ts';
import { mayMount, needsRoot } from '../support/root-only.ts';
import { until } from '../support/until.ts';
import { cloudInit } from './original-manual/cloud-init.ts';
import { commctl } from './original-manual/commctl.ts';
import { clientFiles, commissaireConf, configurationFiles, serverLines } from './original-manual/configuration.ts';
import type { Example, Outcome } from './original-manual/example.ts';
import { JumpHost } from './original-manual/jump-host.ts';
import { operations } from './original-manual/operations.ts';
import { bodies, hostSample, samples } from './original-manual/rest.ts';
import { walkthrough } from './original-manual/walkthrough.ts';
import type { Ran } from './support.ts';

/** What people know from the original's manual: its lines, its files and its JSON, as they stand there. */
describe.skipIf(!mayMount)(`the examples of the original's manual${needsRoot}`, () => {
  test('chapter 3: the configuration file serves HTTPS as it is, and so do the lines once they are right', async () => {
    await using jumpHost = await JumpHost.boot([]);
    const { certificate, key } = await (await makeAuthority('example')).issue({ address: '127.0.0.1' });
    jumpHost.write('/path/to/server.pem', `${key}\n${certificate}`);
    jumpHost.write('conf/users.json', users);
    jumpHost.write('/etc/commissaire/commissaire.conf', commissaireConf.text);
    jumpHost.write('conf/myconfig.json', commissaireConf.text);
    for (const { line, says } of serverLines) {
      expect(jumpHost.run(line), line).toMatchObject({ code: 2, stderr: expect.stringContaining(says) });
    }
    for (const line of ['commissaire-server', ...serverLines.map(({ instead }) => instead)]) {
      await using server = await jumpHost.serve(line).listening();
      const { stdout } = jumpHost.run(`curl --insecure -u "a:a" ${server.url}/api/v0/hosts`);
      expect(stdout, line).toBe('[]\n200');
      await server.kill('SIGTERM');
    }
  });

  test('the configuration files have no faults', async () => {
    await using jumpHost = await JumpHost.boot([]);
    const { certificate, key } = await (await makeAuthority('example')).issue({ address: '127.0.0.1' });
    jumpHost.write('/path/to/server.pem', `${key}\n${certificate}`);
    jumpHost.write('conf/users.json', users);
    for (const { what, text, notes } of configurationFiles) {
      expect(jumpHost.run('commissaire config check -', text), what).toEqual({
        code: 0,
        stdout: 'standard input: no faults\n',
        stderr: notes.map((note) => `${note}\n`).join(''),
      });
    }
  });

  test('chapter 4: the walkthrough', async () => {
    await using jumpHost = await serving(['192.168.152.110']);
    jumpHost.makeKey('/path/to/remote/hosts/priv/ssh_key');
    jumpHost.done('commctl cluster create my_cluster');
    await inTurn(jumpHost, walkthrough);
  });

  test('chapter 5: operations with curl', async () => {
    await using jumpHost = await serving(['192.168.1.100']);
    jumpHost.makeKey('path/to/key');
    jumpHost.done('commctl cluster create datacenter1');
    await inTurn(jumpHost, operations(jumpHost.done('base64 -w0 path/to/key')));
    expect(jumpHost.done('cat encoded_key')).toBe(jumpHost.done('base64 -w0 path/to/key'));
  });

  test('chapter 6: commctl', async () => {
    await using jumpHost = await serving(['192.168.152.110', '192.168.1.100']);
    const key = '/path/to/remote/hosts/priv/ssh_key';
    jumpHost.makeKey(key);
    await jumpHost.startSshd('192.168.1.100', `${key}.pub`);
    jumpHost.write('my_password.txt', 'secret\n');
    for (const name of ['mycluster', 'datacenter1']) jumpHost.done(`commctl cluster create ${name}`);
    jumpHost.done(`commctl host create 192.168.1.100 ${key}`);
    await until(() => !jumpHost.done('commctl host get 192.168.1.100').includes('status: investigating'));
    await inTurn(jumpHost, commctl);
  });

  test('chapter 6: the configuration files of commctl', async () => {
    await using jumpHost = await serving(['10.1.1.1'], '--listen-interface 10.1.1.1 --insecure');
    const asked = (file: string) => {
      jumpHost.write('.commissaire.json', file);
      const line = 'commctl cluster list -o yaml';
      return file === clientFiles.withPassword ? jumpHost.run(line) : jumpHost.type(line, 'a\n');
    };
    jumpHost.done('commctl --endpoint http://10.1.1.1:8000 cluster create web');
    // The third of them answers.
    expect(asked(clientFiles.withFallbacks)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^web\s*$/m) });
    await using _ = await jumpHost
      .serve(`commissaire-server --no-config --data-dir /var/lib/another ${plugin}`)
      .listening();
    for (const file of Object.values(clientFiles)) {
      expect(asked(file), file).toMatchObject({ code: 0, stdout: expect.not.stringMatching(/web|Could not connect/) });
    }
    expect(asked(clientFiles.withoutPassword).stdout).toContain('Password: ');
    expect(asked(clientFiles.withPassword).stdout).not.toContain('Password: ');
  });

  test('chapter 10: the bodies and the answers of the REST endpoints', async () => {
    await using jumpHost = await serving([]);
    const put = (path: string, text: string) => jumpHost.run(`curl -u a:a -XPUT -d @- '${api}${path}'`, text);
    for (const address of ['192.168.100.50', '192.168.100.51']) {
      put(`/host/${address}?import=true`, JSON.stringify({ ...hostSample, address }));
    }
    jumpHost.makeKey('key');
    const key = jumpHost.done('base64 -w0 key');
    for (const name of ['mycluster', 'empty']) jumpHost.done(`commctl cluster create ${name}`);
    jumpHost.done('commctl host join 192.168.100.50 mycluster');
    for (const { path, text, wrong, status, answer } of bodies) {
      if (wrong !== undefined) check({ status: wrong.status ?? 400, prints: { code: wrong.code } }, put(path, text));
      check({ status, prints: answer }, put(path, (wrong?.instead ?? text).replace('KEY', key)));
    }
    for (const { path, instead, sample } of samples) {
      if (instead !== undefined) expect(answered(jumpHost, path).status, path).toBe(404);
      const { status, body } = answered(jumpHost, instead ?? path);
      expect([path, status, body]).toEqual([path, 200, like(sample)]);
    }
  });

  test('cloud-init: user-data', async () => {
    await using jumpHost = await serving([]);
    await inTurn(jumpHost, cloudInit);
  });
});

const users = JSON.stringify({ a: { hash: Bun.password.hashSync('a', { algorithm: 'bcrypt', cost: 4 }) } });
const plugin = '--authentication-plugin httpbasicauth:filepath=conf/users.json';
const api = 'http://localhost:8000/api/v0';

/** A jump host where the server runs and lets in the user of the manual. */
async function serving(addresses: readonly string[], options = ''): Promise<JumpHost> {
  await using resources = new AsyncDisposableStack();
  const jumpHost = resources.use(await JumpHost.boot(addresses));
  jumpHost.write('conf/users.json', users);
  jumpHost.write('.commissaire.json', clientFiles.withPassword);
  await jumpHost.serve(`commissaire-server --no-config ${plugin} ${options}`).listening();
  resources.move();
  return jumpHost;
}

async function inTurn(jumpHost: JumpHost, examples: readonly Example[]): Promise<void> {
  for (const { line, typed, wrong, ...outcome } of examples) {
    const run = (text: string) => (typed === undefined ? jumpHost.run(text) : jumpHost.type(text, typed));
    if (wrong !== undefined) await comesTo(jumpHost, line, wrong.outcome, (text) => jumpHost.run(text));
    await comesTo(jumpHost, wrong?.instead ?? line, outcome, run);
  }
}

async function comesTo(jumpHost: JumpHost, line: string, outcome: Outcome, run: (line: string) => Ran): Promise<void> {
  const once = () => check(outcome, run(line), line);
  if (outcome.eventually === true) await until(() => passes(once));
  once();
  if (outcome.stored === undefined) return;
  const [path, wanted] = outcome.stored;
  const { status, body } = answered(jumpHost, path);
  if (typeof wanted === 'number') expect(status, `${line}: ${path}`).toBe(wanted);
  else expect({ status, body }, `${line}: ${path}`).toEqual({ status: 200, body: membersOf(wanted) });
}

function check({ code = 0, status, prints, says = '' }: Outcome, ran: Ran, line = ''): void {
  const said = `${line}\n${ran.stdout}${ran.stderr}`;
  expect(ran.code, said).toBe(code);
  expect(ran.stderr, said).toContain(says);
  const { text, ...shown } = status === undefined ? { text: ran.stdout } : curled(ran.stdout);
  expect(shown, said).toEqual(status === undefined ? {} : { status });
  if (prints instanceof RegExp) expect(text, said).toMatch(prints);
  else if (prints !== undefined) expect(parse(text), said).toEqual(membersOf(prints));
}

function passes(assertion: () => void): boolean {
  try {
    assertion();
    return true;
  } catch {
    return false;
  }
}

function answered(jumpHost: JumpHost, path: string): { status: number; body: unknown } {
  const { text, status } = curled(jumpHost.done(`curl -u a:a '${api}${path}'`));
  return { status, body: JSON.parse(text) };
}

/** What curl was answered, and the status after it. */
function curled(stdout: string): { text: string; status: number } {
  const end = stdout.lastIndexOf('\n');
  return { text: stdout.slice(0, end), status: Number(stdout.slice(end + 1)) };
}

/** These members, and of those that are objects the same; a list as a whole. */
function membersOf(wanted: unknown): unknown {
  if (!isPlain(wanted)) return wanted;
  const members = Object.entries(wanted).map(([name, value]) => [name, membersOf(value)]);
  return expect.objectContaining(Object.fromEntries(members));
}

/** Not a list, nor what stands for many values. */
function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** The members of the sample, each of its type; of a list every item so. */
function like(sample: unknown): unknown {
  if (Array.isArray(sample)) return sample.length === 0 ? expect.any(Array) : expect.arrayContaining([like(sample[0])]);
  if (!isPlain(sample)) return expect.any(Object(sample).constructor);
  return expect.objectContaining(
    Object.fromEntries(Object.entries(sample).map(([name, value]) => [name, like(value)])),
  );
}
