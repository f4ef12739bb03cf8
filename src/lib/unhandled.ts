/**
 * Has everything that is thrown or rejected and that nobody handles come to `handle`, in place of whoever got it before.
 * Without a handler the runtime prints lines of the source and lets the process end with 1.
 */
export function onUnhandled(handle: (error: unknown) => void): void {
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.removeAllListeners(event);
    process.on(event, handle);
  }
}
