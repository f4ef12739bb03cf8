import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** An authority as an administrator makes one with openssl, in a directory of its own. */
export interface OpensslAuthority {
  /** Its certificate, a file. */
  readonly certificate: string;
  /** Makes NAME.crt and NAME.key, with an extension such as `subjectAltName=DNS:a` where one is given. */
  issue(name: string, extension?: string): { certificate: string; key: string };
  revoke(name: string): void;
  /** Writes the list of what was revoked, and returns its file. */
  writeList(): string;
}

export function makeOpensslAuthority(directory: string): OpensslAuthority {
  const file = (name: string) => join(directory, name);
  const openssl = (...args: string[]) => void execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  writeFileSync(file('index.txt'), '');
  writeFileSync(file('crlnumber'), '01\n');
  writeFileSync(
    file('ca.conf'),
    ['[ca]', 'default_ca=own', '[own]', `database=${file('index.txt')}`, `crlnumber=${file('crlnumber')}`]
      .concat(['default_md=sha256', 'default_crl_days=1', 'crl_extensions=list'])
      .concat(['[list]', 'authorityKeyIdentifier=keyid:always', ''])
      .join('\n'),
  );
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-subj',
    '/O=Site/CN=Site CA',
    '-days',
    '1',
  );
  const asAuthority = ['-config', 'ca.conf', '-keyfile', 'ca.key', '-cert', 'ca.crt'];
  return {
    certificate: file('ca.crt'),
    issue(name, extension) {
      openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/O=Site/CN=${name}`);
      writeFileSync(file(`${name}.ext`), extension ?? '');
      const signing = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1', '-extfile', `${name}.ext`];
      openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.crt`, ...signing);
      return { certificate: file(`${name}.crt`), key: file(`${name}.key`) };
    },
    revoke: (name) => openssl('ca', ...asAuthority, '-revoke', `${name}.crt`),
    writeList() {
      openssl('ca', ...asAuthority, '-gencrl', '-out', 'list.crl');
      return file('list.crl');
    },
  };
}
