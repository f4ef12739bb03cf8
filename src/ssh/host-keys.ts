import { type Static, Type as t } from '@sinclair/typebox';
import { choices } from '../lib/choices.ts';
import { type Clock, timestamp } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import { shortened } from '../lib/shortened.ts';
import { type Entry, records, type Store, type Transaction } from '../store/contract.ts';
import { fingerprint } from './private-key.ts';

/** The host key a machine must show. */
export const PinnedHostKey = t.Object({
  address: t.String({ description: 'Address of the host' }),
  fingerprint: t.String({ description: 'As ssh-keygen -l prints it: SHA256:…' }),
  algorithm: t.String({ description: 'ssh-ed25519, …; empty until a key with the fingerprint was seen' }),
  public_key: t.String({
    description: 'The key itself in wire form, base64, as known_hosts files hold it; empty until it was seen',
  }),
  source: choices(
    {
      first_contact: 'It was the first key that the server saw',
      operator: 'A person or the registration named the fingerprint',
    },
    { description: 'Why the server insists on it' },
  ),
  pinned_at: t.String({ description: 'When it was pinned' }),
});
export type PinnedHostKey = Static<typeof PinnedHostKey>;

export const hostKeyRecords = records<PinnedHostKey>('host-keys');

/** Pins the first host key of each machine, and compares later ones with it. */
export class HostKeys {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  async pinned(address: string): Promise<PinnedHostKey | undefined> {
    return (await this.entry(this.#store, address))?.value;
  }

  /** The same with its revision, inside a transaction or outside. */
  entry(reader: Pick<Transaction, 'get'>, address: string): Promise<Entry<PinnedHostKey> | undefined> {
    return reader.get(hostKeyRecords, address);
  }

  /**
   * Pins the key on first contact, durably, before anything is sent to the machine; later it compares the key.
   *
   * @param publicKey the key in wire form (RFC 4253, section 6.6)
   * @throws AppError `host_key_changed` with both fingerprints
   */
  async verify(address: string, publicKey: Uint8Array): Promise<void> {
    const shown = fingerprint(publicKey);
    const seen = { algorithm: algorithmOf(publicKey), public_key: Buffer.from(publicKey).toString('base64') };
    const known = await this.pinned(address);
    // The usual case, without a transaction that waits for other writers.
    if (known?.fingerprint === shown && known.public_key === seen.public_key) return;
    await this.#store.transact(async (tx) => {
      const pinned = (await tx.get(hostKeyRecords, address))?.value;
      if (pinned !== undefined && pinned.fingerprint !== shown) throw changed(pinned, shown);
      if (pinned?.public_key === seen.public_key) return;
      // An operator gave only the fingerprint: the key is stored with it now.
      if (pinned !== undefined) tx.put(hostKeyRecords, address, { ...pinned, ...seen });
      else this.#pin(tx, { address, fingerprint: shown, ...seen, source: 'first_contact' });
    });
  }

  /** Whether this is the fingerprint that the machine must show; false when none is pinned. */
  async expects(address: string, shown: string): Promise<boolean> {
    return (await this.pinned(address))?.fingerprint === shown;
  }

  /** Pins the key that an operator names. */
  async accept(address: string, expected: string): Promise<PinnedHostKey> {
    return this.#store.transact(async (tx) => this.expect(tx, address, expected));
  }

  /** The same, inside the transaction that registers the host. */
  expect(tx: Transaction, address: string, expected: string): PinnedHostKey {
    return this.#pin(tx, { address, fingerprint: expected, algorithm: '', public_key: '', source: 'operator' });
  }

  /** Deletes the pinned key of a machine that leaves the inventory. */
  forget(tx: Transaction, address: string): void {
    tx.delete(hostKeyRecords, address);
  }

  #pin(tx: Transaction, key: Omit<PinnedHostKey, 'pinned_at'>): PinnedHostKey {
    const pinned = { ...key, pinned_at: timestamp(this.#clock.now()) };
    tx.put(hostKeyRecords, key.address, pinned);
    tx.emit({ type: 'host_key', action: 'pinned', key: key.address, data: { fingerprint: key.fingerprint } });
    return pinned;
  }
}

function changed(pinned: PinnedHostKey, shown: string): AppError {
  return new AppError(
    'host_key_changed',
    `${pinned.address} shows the host key ${shown}, but ${pinned.fingerprint} is pinned since ${pinned.pinned_at}`,
    {
      hint: `if the machine was reinstalled, accept its key with \`commctl host key accept ${pinned.address} ${shown}\`; otherwise somebody may stand between`,
      details: { pinned: pinned.fingerprint, shown },
    },
  );
}

/** RFC 4250, 4.6.1. */
const longestAlgorithm = 64;

/** The first field of a public key in wire form is the name of its algorithm. */
function algorithmOf(publicKey: Uint8Array): string {
  const bytes = Buffer.from(publicKey);
  return shortened(bytes.toString('latin1', 4, 4 + bytes.readUInt32BE(0)), longestAlgorithm);
}
