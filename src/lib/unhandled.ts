/**
 * Passes every unhandled error and rejection to `handle`, in place of earlier handlers. Without a handler the runtime
 * prints lines of the source and ends the process with 1.
 */
export function onUnhandled(handle: (error: unknown) => void): void {
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.removeAllListeners(event);
    process.on(event, handle);
  }
}
