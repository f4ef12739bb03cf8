import type { Socket } from 'node:net';
import { cidrOf } from '../../lib/cidr-of.ts';
import { ItemsByOwner } from './items-by-owner.ts';

/** Running TLS handshakes. A sane peer takes milliseconds for one. */
const most = 256;

/**
 * The running TLS handshakes. When there are too many, the owner with the most of them loses its oldest one, so that
 * newcomers always get their turn.
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
