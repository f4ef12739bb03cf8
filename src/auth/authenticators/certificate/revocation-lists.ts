import { readFileSync, statSync } from 'node:fs';
import { type Name, PemConverter, X509Certificate, X509Crl } from '@peculiar/x509';

/** Some thirty thousand certificates; reading more would block the server for seconds. */
const maxFileBytes = 1024 * 1024;

/**
 * Reads the revocation lists of a file, PEM or DER, and the CAs that sign them. Signatures and validity are checked
 * when the lists are used.
 *
 * @throws Error when there is no list, or one that cannot be parsed
 */
export function readRevocationLists(path: string, authoritiesPath: string): RevocationLists {
  const lists = parsedLists(contentOf(path)).map((list) => new RevocationList(list));
  if (lists.length === 0) throw new Error('there is no list in it');
  const authorities = pemBlocks(contentOf(authoritiesPath).toString('latin1'), 'CERTIFICATE');
  return new RevocationLists(
    lists,
    authorities.map((block) => new X509Certificate(block)),
  );
}

/** Certificates that some CAs have revoked (RFC 5280, 5). */
export class RevocationLists {
  readonly #lists: readonly RevocationList[];
  readonly #authorities: readonly X509Certificate[];
  /** Whether a CA signed a list: verified once. */
  readonly #signed = new Map<RevocationList, Promise<boolean>>();
  /** The lists' entries for a certificate: they never change, and every request needs them. */
  readonly #said = new WeakMap<X509Certificate, readonly Entry[]>();

  constructor(lists: readonly RevocationList[], authorities: readonly X509Certificate[]) {
    this.#lists = lists;
    this.#authorities = authorities;
  }

  /**
   * Whether the issuer of a certificate has revoked it.
   *
   * @throws Error when no list covers the certificate that its issuer signed and that is up to date
   */
  async isRevoked(certificate: X509Certificate, now: Date): Promise<boolean> {
    const own = this.#said.get(certificate) ?? this.#lookUp(certificate);
    this.#said.set(certificate, own);
    if (own.length === 0) throw new Error(`there is no revocation list of ${certificate.issuer}`);
    for (const { list, isRevoked } of own) {
      if (!(await this.#isSigned(list))) throw notSigned(list);
      if (isRevoked) return true;
    }
    if (own.some(({ list }) => list.staleness(now) === undefined)) return false;
    throw new Error(own.map(({ list }) => list.staleness(now)).join('; '));
  }

  /**
   * A line for each list that is not up to date, and that will therefore refuse callers.
   *
   * @throws Error for a list that no CA has signed
   */
  async check(now: Date): Promise<string[]> {
    for (const list of this.#lists) if (!(await this.#isSigned(list))) throw notSigned(list);
    return this.#lists.flatMap((list) => list.staleness(now) ?? []);
  }

  /** The entries in the lists of its issuer. */
  #lookUp({ issuerName, serialNumber }: X509Certificate): Entry[] {
    const own = this.#lists.filter(({ issuer }) => isSameName(issuer, issuerName));
    return own.map((list) => ({ list, isRevoked: list.revokes(serialNumber) }));
  }

  #isSigned(list: RevocationList): Promise<boolean> {
    const known = this.#signed.get(list) ?? this.#verify(list);
    this.#signed.set(list, known);
    return known;
  }

  async #verify(list: RevocationList): Promise<boolean> {
    for (const authority of this.#authorities) {
      if (isSameName(authority.subjectName, list.issuer) && (await list.isSignedBy(authority))) return true;
    }
    return false;
  }
}

interface Entry {
  readonly list: RevocationList;
  readonly isRevoked: boolean;
}

class RevocationList {
  readonly issuer: Name;
  readonly #list: X509Crl;
  readonly #serials: ReadonlySet<string>;
  readonly #from: Date;
  readonly #until: Date;

  /**
   * @throws Error for a list with a critical extension that is not supported (RFC 5280, 5.2), or without its next
   *   update
   */
  constructor(list: X509Crl) {
    const { thisUpdate, nextUpdate, entries } = list;
    if (nextUpdate === undefined) throw new Error(`the list of ${list.issuer} does not say when the next one comes`);
    const critical = [list, ...entries].flatMap(({ extensions }) => extensions).find((extension) => extension.critical);
    if (critical !== undefined) throw new Error(`the list of ${list.issuer} has the extension ${critical.type}`);
    this.issuer = list.issuerName;
    this.#list = list;
    this.#serials = new Set(entries.map(({ serialNumber }) => plainSerial(serialNumber)));
    this.#from = thisUpdate;
    this.#until = nextUpdate;
  }

  revokes(serial: string): boolean {
    return this.#serials.has(plainSerial(serial));
  }

  /** Why the list is not valid at a time; undefined when it is. */
  staleness(now: Date): string | undefined {
    const { issuer } = this.#list;
    if (now >= this.#until) return `the revocation list of ${issuer} is out of date since ${this.#until.toISOString()}`;
    if (now < this.#from) return `the revocation list of ${issuer} counts from ${this.#from.toISOString()}`;
    return undefined;
  }

  isSignedBy(authority: X509Certificate): Promise<boolean> {
    return this.#list.verify({ publicKey: authority }).catch(() => false);
  }
}

function notSigned({ issuer }: RevocationList): Error {
  return new Error(`the list of ${issuer} is not signed by an authority that is known here`);
}

function isSameName(one: Name, other: Name): boolean {
  return Buffer.from(one.toArrayBuffer()).equals(Buffer.from(other.toArrayBuffer()));
}

function plainSerial(hex: string): string {
  return hex.toLowerCase().replace(/^0+/, '');
}

function parsedLists(content: Buffer): X509Crl[] {
  const text = content.toString('latin1');
  if (!text.includes('-----BEGIN ')) return [new X509Crl(content, parsing)];
  return pemBlocks(text, 'X509 CRL').map((block) => new X509Crl(block, parsing));
}

function pemBlocks(text: string, tag: string): ArrayBuffer[] {
  return PemConverter.decodeWithHeaders(text).flatMap(({ type, rawData }) => (type === tag ? rawData : []));
}

/** The library's default is ten thousand nodes; an entry of a list has three to eight. */
const parsing = { berOptions: { maxNodes: 1_000_000 } };

/** Only regular files: reading a device or a pipe might never end. */
function contentOf(path: string): Buffer {
  const found = statSync(path);
  if (!found.isFile() || found.size > maxFileBytes) throw new Error(`${path} is no file of a usual size`);
  return readFileSync(path);
}
