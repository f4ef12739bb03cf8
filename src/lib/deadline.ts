/**
 * A signal that fires when the parent does or when `ms` have passed, whichever is first. Dispose it as soon as the
 * wait is over, so that no timer outlives what it guarded.
 */
export class Deadline implements Disposable {
  readonly signal: AbortSignal;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #detach: () => void;

  constructor(ms: number, reason: () => unknown, parent?: AbortSignal) {
    const controller = new AbortController();
    const onParent = () => controller.abort(parent?.reason);
    this.signal = controller.signal;
    this.#timer = setTimeout(() => controller.abort(reason()), ms);
    parent?.addEventListener('abort', onParent, { once: true });
    this.#detach = () => parent?.removeEventListener('abort', onParent);
    if (parent?.aborted) onParent();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#detach();
  }
}
