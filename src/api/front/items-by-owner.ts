/** The items of many owners, the oldest of each owner first. */
export class ItemsByOwner<Item> {
  readonly #byOwner = new Map<string, Set<Item>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  sizeOf(owner: string): number {
    return this.#byOwner.get(owner)?.size ?? 0;
  }

  add(owner: string, item: Item): void {
    const items = this.#byOwner.get(owner) ?? new Set();
    this.#byOwner.set(owner, items);
    if (items.has(item)) return;
    items.add(item);
    this.#size += 1;
  }

  delete(owner: string, item: Item): void {
    const items = this.#byOwner.get(owner);
    if (items?.delete(item) !== true) return;
    this.#size -= 1;
    if (items.size === 0) this.#byOwner.delete(owner);
  }

  /**
   * Removes and returns the oldest item of the owner with the most items; undefined when no owner has more than the
   * given number.
   */
  takeOldestOfLargest(moreThan: number): Item | undefined {
    let largest: { owner: string; items: ReadonlySet<Item> } | undefined;
    for (const [owner, items] of this.#byOwner) {
      if (items.size > Math.max(moreThan, largest?.items.size ?? 0)) largest = { owner, items };
    }
    if (largest === undefined) return undefined;
    const [oldest] = largest.items;
    if (oldest !== undefined) this.delete(largest.owner, oldest);
    return oldest;
  }
}
