import type { Socket } from 'node:net';
import { cidrOf } from '../../lib/cidr-of.ts';
import { ItemsByOwner } from './items-by-owner.ts';

/** TLS handshakes under way at once. One takes milliseconds of a sane peer. */
const most = 256;

/**
 * The TLS handshakes under way. When there are too many whoever has most of them gives up the oldest: newcomers always get
 * their turn.
 */
export class Handshakes {
  readonly #underWay = new ItemsByOwner<Socket>();

  begin(address: string, socket: Socket): void {
    const owner = cidrOf(address);
    if (this.#underWay.size >= most) this.#underWay.takeOldestOfLargest(0)?.destroy();
    this.#underWay.add(owner, socket);
    socket.once('close', () => this.#underWay.delete(owner, socket));
  }

  end(address: string, socket: Socket): void {
    this.#underWay.delete(cidrOf(address), socket);
  }
}
