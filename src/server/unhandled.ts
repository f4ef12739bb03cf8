import { inspect } from 'node:util';
import type { Logger } from '../lib/logger.ts';
import { onUnhandled } from '../lib/unhandled.ts';

/** The most characters of a library's message; the rest is cut off. */
const longestMessage = 2_000;

/**
 * Logs each unhandled error as one line, and lets the server continue. Each request, connection, operation and hook
 * fails alone, and what counts is in the store, written in transactions. If an error ended the server, whoever found a
 * way to cause it could stop all other work.
 */
export function logUnhandled(logger: Logger): void {
  onUnhandled((error) => logger.error({ err: error }, 'a fault that nobody handled; the server goes on'));
}

/** Writes to the log what libraries and plugins print on the console. The runtime prints errors with source lines. */
export function logConsole(logger: Logger): void {
  const levels = { error: 'error', warn: 'warn', log: 'info', info: 'info', debug: 'debug' } as const;
  for (const [method, level] of Object.entries(levels)) {
    Object.assign(console, { [method]: (...said: unknown[]) => logger[level](...lineOf(said)) });
  }
}

function lineOf(said: readonly unknown[]): [details: object, message: string] {
  const err = said.find((one) => one instanceof Error);
  const words = said.filter((one) => !(one instanceof Error));
  const text = words.map((word) => (typeof word === 'string' ? word : inspect(word))).join(' ');
  const message = text === '' ? 'a library tells of an error' : text;
  return [{ from: 'console', ...(err === undefined ? {} : { err }) }, message.slice(0, longestMessage)];
}
