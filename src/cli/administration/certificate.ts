import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { defaultDataDirectory, runsAsRoot } from '../../config/data-directory.ts';
import { commandsWith } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';

const { command, group } = commandsWith<{ terminal: Terminal }>();

const dataDir = {
  type: 'text',
  placeholder: 'DIR',
  summary: 'directory that `commissaire init` made ($COMMISSAIRE_DATA_DIR)',
} as const;

const renew = command({
  name: 'renew',
  summary: 'Make a new certificate for the server, signed by the CA that `init` made',
  arguments: {},
  options: {
    dataDir,
    name: {
      type: 'list',
      placeholder: 'NAME',
      summary: 'DNS name or address to add to those of the current certificate; repeatable',
    },
  },
  examples: ['commissaire certificate renew', 'commissaire certificate renew --name jump.example.com'],
  async handler({ terminal }, { dataDir: given, name }) {
    const { renewServer } = await import('../../server/pki/certificates.ts');
    const directory = directoryOf(given, terminal);
    const { file, fingerprint, names } = await renewServer(directory, name, circumstances());
    const lines = [
      `certificate: ${file}`,
      `names: ${names.join(', ')}`,
      `fingerprint: ${fingerprint}`,
      '',
      'Clients that know the fingerprint need the new one. A running server shows it after:',
      `  kill -USR1 $(cat ${join(directory, 'server.pid')})`,
    ];
    await terminal.stdout.write(`${lines.join('\n')}\n`);
    return exitCode.done;
  },
});

const client = command({
  name: 'client',
  summary: 'Make a certificate for a client, signed by the CA that `init` made',
  arguments: { name: { summary: 'common name of the client; bind roles to certificate:NAME' } },
  options: {
    dataDir,
    out: { type: 'text', placeholder: 'FILE', summary: 'where to write certificate and key; NAME.pem if not given' },
  },
  examples: ['commissaire certificate client alice', 'commissaire certificate client --out ~/alice.pem alice'],
  async handler({ terminal }, { name, dataDir: given, out }) {
    const { certificateFiles, makeClient } = await import('../../server/pki/certificates.ts');
    const directory = directoryOf(given, terminal);
    const file = resolve(out ?? `${name.replaceAll('/', '_')}.pem`);
    await makeClient(directory, { name, file }, circumstances());
    const lines = [
      `certificate and key: ${file}`,
      '',
      'The server asks for it with:',
      `  "tls-clientverifyfile": ${JSON.stringify(certificateFiles(directory).authority)}`,
      'It takes it as credentials with {"name":"httpauthclientcert"} among its "authentication-plugins"; bind roles to',
      `  ${JSON.stringify(`certificate:${name}`)}`,
      'and commctl shows it with this in ~/.commissaire.json:',
      `  "client_certificate": ${JSON.stringify(file)}`,
    ];
    await terminal.stdout.write(`${lines.join('\n')}\n`);
    return exitCode.done;
  },
});

const show = command({
  name: 'show',
  summary: 'Show the fingerprint, the names and the end of the certificate of the server',
  arguments: {},
  options: { dataDir: { ...dataDir, summary: 'the data directory of the server ($COMMISSAIRE_DATA_DIR)' } },
  examples: ['commissaire certificate show', 'commissaire certificate show --data-dir /var/lib/commissaire'],
  async handler({ terminal }, { dataDir: given }) {
    const { shownCertificate } = await import('../../server/pki/shown.ts');
    const { ServerCertificate } = await import('../../client/server-certificate.ts');
    const { file, pem } = shownCertificate({ dataDir: given, environment: terminal.environment });
    const { fingerprint, names, issuer, validFrom, validTo } = new ServerCertificate(pem);
    const lines = [
      `certificate: ${file}`,
      `names: ${names.join(', ')}`,
      `issued by: ${issuer}`,
      `valid from: ${timestamp(validFrom)}`,
      `valid until: ${timestamp(validTo)}`,
      `fingerprint: SHA256:${fingerprint}`,
    ];
    await terminal.stdout.write(`${lines.join('\n')}\n`);
    return exitCode.done;
  },
});

export const certificate = group('certificate', 'The certificate of the server, and the CA that `init` made', [
  show,
  renew,
  client,
]);

function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

function directoryOf(given: string | undefined, { environment }: Terminal): string {
  return resolve(
    given ?? (environment.COMMISSAIRE_DATA_DIR || defaultDataDirectory({ root: runsAsRoot(), environment })),
  );
}

function circumstances() {
  return { now: new Date(), hostName: hostname() };
}
