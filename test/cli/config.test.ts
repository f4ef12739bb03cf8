import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { serverOptions } from '../../src/config/options.ts';
import { makeAuthority } from '../support/certificates.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { commctl } from './support/commctl.ts';

const program = ['config'];

/** What `config check` says of a text, with the lines of its answer. */
async function check(text: string) {
  const { exitCode, stdout, stderr } = await commctl(['check', '-'], { program, stdin: text });
  return { exitCode, lines: stdout.trimEnd().split('\n'), stderr };
}

describe('config check', () => {
  test('tells all faults, in the order of the file, each with line, column and fix', async () => {
    const { exitCode, lines, stderr } = await check(`{
  "listen-prot": 8000,
  "listen-interface": "0.0.0.0",
  "log-level": "loud",
  "self-auths": ["/a", "b", "c"],
  "data_dir": "/x",
  "data-dir": 7,
  "authentication-plugins": [
    {"name": "kerberos"},
    {"filepath": "/x"},
    {"name": "httpbasicauth", "filpath": "/x", "filepath": "/nonexistent/users.json"}
  ],
  "hooks": [{"name": "a b", "filter": "*", "retrie": 1, "url": "nowhere", "secret-file": "/nonexistent/secret"}]
}
`);
    expect(lines).toEqual([
      'standard input:2:3: "listen-prot" is not an option of this file; did you mean "listen-port"?',
      'standard input:3:23: plain HTTP on 0.0.0.0 would send passwords over the network in clear; set tls-pemfile, listen on 127.0.0.1, or accept the risk with insecure (--insecure)',
      'standard input:4:16: "loud" is not one of the choices; use one of trace, debug, info, warn, error, fatal',
      'standard input:5:24: "b" in self-auths is not a path; write the path of the URL, such as "/api/v0/hosts"',
      'standard input:5:29: "c" in self-auths is not a path; write the path of the URL, such as "/api/v0/hosts"',
      'standard input:7:3: "data-dir" was given before, at standard input:6:3; keep one of the two',
      'standard input:7:15: a number is not what belongs here; give a string that is not empty',
      expect.stringMatching(
        /^standard input:9:5: there is no authentication plugin "kerberos"; the known ones are: httpbasicauth, /,
      ),
      'standard input:10:5: an authentication plugin has no name; write {"name": "httpbasicauth", …}',
      'standard input:11:31: httpbasicauth has no option "filpath"; did you mean "filepath"?',
      expect.stringMatching(/^standard input:11:60: the users file \/nonexistent\/users.json cannot be used: .*ENOENT/),
      'standard input:13:22: "a b" is not a name; use up to 64 letters, digits, "-" and "_"',
      'standard input:13:44: "retrie" is not a member of a hook; did you mean "retries"?',
      'standard input:13:64: a text is not a URL; give one such as https://chat.example.com/hook',
      expect.stringMatching(/^standard input:13:90: the secret file \/nonexistent\/secret of a hook cannot be read/),
    ]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '15 faults\n' });
  });

  test('tells what is wrong with the options of every plugin', async () => {
    const { lines } = await check(`authentication-plugins:
  - { name: keystonepasswordauth, url: "http://192.0.2.1/v3" }
  - { name: commissaire.authentication.keystonetokenauth, urll: x }
  - { name: openshiftbearertokenauth, openshift-endpoint: nowhere }
  - { name: kubernetesauth, server_url: "https://192.0.2.1" }
  - { name: jwt, issuer: "https://a", algorithms: [HS256] }
  - { name: httpauthclientcert, crl: /nonexistent }
  - name: /nonexistent/site.ts
`);
    expect(lines).toEqual(
      [
        /^standard input:2:40: plain HTTP to 192.0.2.1 would send credentials over the network in clear; give/,
        /^standard input:3:5: keystonetokenauth needs the option "url"; give it, such as/,
        /^standard input:3:59: keystonetokenauth has no option "urll"; did you mean "url"\?/,
        /^standard input:4:59: a text is not a URL/,
        /^standard input:5:5: kubernetesauth needs credentials of its own/,
        /^standard input:6:5: jwt needs the option "audience"/,
        /^standard input:6:51: "HS256" is no algorithm with a public key/,
        /^standard input:7:38: who signs the revocation list is not said/,
        /^standard input:8:5: the plugin \/nonexistent\/site.ts cannot be used: .*ENOENT/,
      ].map((line) => expect.stringMatching(line)),
    );
  });

  test('has the places of YAML too', async () => {
    const { lines } = await check('listen-port: many # a comment\nauthentication-plugins:\n  - nam: x\n');
    expect(lines).toEqual([
      expect.stringMatching(/^standard input:1:14: "many" is not a number/),
      expect.stringMatching(/^standard input:3:5: an authentication plugin has no name/),
    ]);
  });

  test.each([
    ['{"listen-port": 1,, "debug": true}', /^standard input:1:\d+: /],
    ['["x"]', /^standard input:1:1: the file must hold an object/],
    ['a: *b\nc: *d\n', /^standard input:1:4: /],
  ])('%s is no configuration at all', async (text, first) => {
    const { exitCode, lines } = await check(text);
    expect(exitCode).toBe(1);
    expect(lines[0]).toMatch(first);
  });

  test('finds a certificate whose key is that of another one', async () => {
    using directory = temporaryDirectory();
    const authority = await makeAuthority('tests');
    const [one, other] = await Promise.all([1, 2].map(() => authority.issue({ address: '127.0.0.1' })));
    const pem = join(directory.path, 'server.pem');
    const sound = join(directory.path, 'sound.pem');
    writeFileSync(pem, `${other?.key}\n${one?.certificate}`);
    writeFileSync(sound, `${one?.key}\n${one?.certificate}`);
    expect((await check(`tls-pemfile: ${pem}`)).lines).toEqual([
      `standard input:1:14: cannot use the TLS certificate ${pem}: its private key is that of another certificate; give a PEM file with the certificate chain and the private key`,
    ]);
    writeFileSync(pem, `${one?.certificate}${one?.key}`);
    const [unreadable] = (await check(`tls-pemfile: ${pem}`)).lines;
    expect(unreadable).toMatch(/^standard input:1:14: cannot use the TLS certificate .*BAD_END_LINE/);
    expect(await check(`tls-pemfile: ${sound}`)).toMatchObject({ exitCode: 0, lines: ['standard input: no faults'] });
  });

  test('a sound file has no faults, and what a start would warn of is noted', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'commissaire.conf');
    writeFileSync(path, '{"bus-uri": "redis://127.0.0.1/0"}');
    expect(await commctl(['check', path], { program })).toEqual({
      exitCode: 0,
      stdout: `${path}: no faults\n`,
      stderr:
        'note: accepted and ignored, as all services run inside this server: bus-uri\n' +
        'note: no authentication-plugins are configured: every request is refused\n',
    });
  });

  test('the environment has no say in it', async () => {
    const environment = { COMMISSAIRE_LISTEN_PORT: 'x' };
    expect(await commctl(['check', '-'], { program, stdin: '{}', environment })).toMatchObject({ exitCode: 0 });
  });

  test('a file that is not there is a mistake of the call', async () => {
    const { exitCode, stderr } = await commctl(['check', '/nonexistent.conf'], { program });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('there is no configuration file /nonexistent.conf');
  });
});

describe('config show', () => {
  test('says for each option what counts, and with --origin where that comes from', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'commissaire.conf');
    writeFileSync(
      path,
      '{\n  "listen-port": 1,\n  "log-level": "warn",\n  "self_auths": ["/a"],\n  "debug": true\n}\n',
    );
    const environment = { COMMISSAIRE_LOG_LEVEL: 'error', COMMISSAIRE_LISTEN_PORT: '2' };
    const args = ['show', '-c', path, '--listen-port', '3', '--data-dir', '/srv/x'];
    const { exitCode, stdout, stderr } = await commctl([...args, '--origin'], { program, environment });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/ {2,}/g, ' | '))).toEqual([
      'listen-interface | 127.0.0.1 | default',
      'listen-port | 3 | flag --listen-port',
      'tls-pemfile | none | default',
      'tls-clientverifyfile | none | default',
      'certificate-renewal | auto | default',
      'max-connections | 1024 | default',
      'max-connections-per-address | 256 | default',
      'unix-socket | /srv/x/commissaire.sock | default',
      'authentication-plugins | none | default',
      'roles | none | default',
      'role-bindings | none | default',
      'default-role | none | default',
      'rate-limit | 0 | default',
      `self-auths | ["/a"] | file ${path}:4:17`,
      'trusted-proxies | none | default',
      'data-dir | /srv/x | flag --data-dir',
      'new-store | false | default',
      'upgrade-without-snapshot | false | default',
      'master-passphrase-file | none | default',
      'copy-sources | none | default',
      'gate-destinations | none | default',
      'proxy | none | default',
      'no-proxy | none | default',
      'log-limit | 10GiB | default',
      'disk-floor | none | default',
      'reboot-timeout | 600 | default',
      'stop-timeout | 60 | default',
      'operation-retention | 400 | default',
      'operation-limit | 100000 | default',
      'audit-limit | 1000000 | default',
      'audit-retention | 3650 | default',
      'event-limit | 100000 | default',
      'event-retention | 400 | default',
      'backup-directory | /srv/x/backups | default',
      'backup-interval | none | default',
      'backup-time | none | default',
      'backup-keep | last=3,daily=7,weekly=4 | default',
      'backup-passphrase-file | none | default',
      'backup-targets | none | default',
      'insecure | false | default',
      'log-level | error | environment $COMMISSAIRE_LOG_LEVEL',
      `debug | true | file ${path}:5:12`,
      'log-levels | none | default',
      'log-format | auto | default',
      'metrics-listen | none | default',
      'metrics-open | false | default',
      'otlp-endpoint | none | default',
      'otlp-headers-file | none | default',
      `config-file | ${path} | flag --config-file`,
      'no-config-file | false | default',
      'hooks | none | default',
      'bus-uri | none | default',
      'bus-exchange | none | default',
      'logging | none | default',
      'storage-handlers | none | default',
      'custodia-socket-path | none | default',
      'custodia-api-id | none | default',
      'custodia-api-key | none | default',
    ]);
    const without = await commctl(args, { program, environment });
    expect(without.stdout).toMatch(/^log-level {2,}error$/m);
    expect(without.stdout).not.toMatch(/ default$/m);
  });

  test.each(['json', 'yaml'])('is an object of all options for programs, as %s', async (format) => {
    const args = ['show', '-c', '-', '--listen-port', '3', '-o', format];
    const invocation = { program, stdin: '{"self-auths": ["/a"], "debug": true}' };
    const { exitCode, stdout, stderr } = await commctl(args, invocation);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const shown: unknown = parse(stdout);
    expect(shown).toMatchObject({ 'listen-port': 3, 'self-auths': ['/a'], debug: true, hooks: null, insecure: false });
    expect(Object.keys(Object(shown)).toSorted()).toEqual(serverOptions.map(({ name }) => name).toSorted());
    const { stdout: told } = await commctl([...args, '--origin'], invocation);
    expect(parse(told)).toMatchObject({
      'listen-port': { value: 3, origin: 'flag --listen-port' },
      debug: { value: true, origin: 'file standard input:1:33' },
      hooks: { value: null, origin: 'default' },
    });
  });

  test('shows no secret, wherever it was given', async () => {
    const secrets = {
      'authentication-plugins': [
        { name: 'httpbasicauth', users: { a: { hash: 'MARK' } }, client_secret: 'MARK' },
        { name: 'kubernetesauth', token: 'MARK' },
      ],
      hooks: [
        { name: 'chat', filter: '*', url: 'https://chat.example.com/hooks/MARK?x=MARK', 'secret-file': '/etc/s' },
      ],
      'bus-uri': 'redis://user:MARK@127.0.0.1/0',
      'custodia-api-key': 'MARK',
      'storage-handlers': [{ type: 'etcd', password: 'MARK', certificate_key_path: '/etc/key' }],
    };
    const flags = ['--authentication-plugin', 'httpbasicauth:token=MARK'];
    const forms = [
      ['-o', 'table'],
      ['-o', 'json'],
      ['-o', 'yaml', '--origin'],
    ];
    for (const more of forms.flatMap((form) => [form, [...form, ...flags]])) {
      const { stdout, exitCode } = await commctl(['show', '-c', '-', ...more], {
        program,
        stdin: JSON.stringify(secrets),
      });
      expect(exitCode).toBe(0);
      expect(stdout).not.toContain('MARK');
      expect(stdout).toMatch(/secret-file"?: ?"?\/etc\/s/);
      expect(stdout).toContain('redis://***@127.0.0.1/0');
      expect(stdout).toMatch(/certificate_key_path"?: ?"?\/etc\/key/);
    }
  });

  test('a faulty configuration is told instead, all of it', async () => {
    const { exitCode, stdout, stderr } = await commctl(['show', '-c', '-', '--log-level', 'loud'], {
      program,
      stdin: '{"listen-port": "x", "debg": true}',
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(
      /^commissaire: the configuration has 3 faults:\n.*"debg".*\n--log-level: .*\nstandard input:1:17: .*\n$/,
    );
  });

  test('names the file that was found, and the default data directory', async () => {
    using directory = temporaryDirectory();
    const dataDir = join(directory.path, 'data');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'commissaire.conf'), '{}');
    const found = await commctl(['show', '--origin', '--data-dir', dataDir], { program });
    expect(found.stdout).toMatch(new RegExp(`config-file +${dataDir}/commissaire.conf +default\n`));
    const nobody = await commctl(['show', '--no-config-file'], { program });
    expect(nobody.stdout).toMatch(/config-file +none\n/);
    expect(nobody.stdout).toMatch(/data-dir +\/.*commissaire\n/);
  });
});
