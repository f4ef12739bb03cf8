import { readFileSync, statSync } from 'node:fs';
import { type Name, PemConverter, X509Certificate, X509Crl } from '@peculiar/x509';

/** Some thirty thousand certificates; more would keep the server from answering for seconds while they are read. */
const maxFileBytes = 1024 * 1024;

/**
 * Reads the revocation lists of a file, PEM or DER, and the authorities that sign them. Whether they did, and whether the
 * lists are still good, is looked at when they are asked.
 *
 * @throws Error when there is none, or one that cannot be understood
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

/** What was revoked by some authorities (RFC 5280, 5). */
export class RevocationLists {
  readonly #lists: readonly RevocationList[];
  readonly #authorities: readonly X509Certificate[];
  /** Whether an authority signed them: verified once. */
  readonly #signed = new Map<RevocationList, Promise<boolean>>();
  /** What the lists say of a certificate: of these it is always the same, and it is asked for with every request. */
  readonly #said = new WeakMap<X509Certificate, readonly Entry[]>();

  constructor(lists: readonly RevocationList[], authorities: readonly X509Certificate[]) {
    this.#lists = lists;
    this.#authorities = authorities;
  }

  /**
   * Whether the issuer of a certificate has revoked it.
   *
   * @throws Error when no list of its issuer says so that is signed by it and up to date
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
   * What will keep callers out, by now: a line for each list that is not up to date.
   *
   * @throws Error for one that no authority has signed
   */
  async check(now: Date): Promise<string[]> {
    for (const list of this.#lists) if (!(await this.#isSigned(list))) throw notSigned(list);
    return this.#lists.flatMap((list) => list.staleness(now) ?? []);
  }

  /** Those of its issuer. */
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

  /** @throws Error for one that says something we do not understand and must (RFC 5280, 5.2), or not how long it counts */
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

  /** Why it does not count at a time; undefined when it does. */
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

/** The library would stop at ten thousand nodes; an entry of a list has three to eight. */
const parsing = { berOptions: { maxNodes: 1_000_000 } };

/** A device or a pipe might never end. */
function contentOf(path: string): Buffer {
  const found = statSync(path);
  if (!found.isFile() || found.size > maxFileBytes) throw new Error(`${path} is no file of a usual size`);
  return readFileSync(path);
}
