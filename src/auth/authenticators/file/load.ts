import { basename, extname, resolve } from 'node:path';
import { fault, plainValue } from '../../../config/given.ts';
import type { PluginConfiguration } from '../../../config/plugins.ts';
import { abortable } from '../../../lib/abortable.ts';
import { Deadline } from '../../../lib/deadline.ts';
import { describeError } from '../../../lib/errors.ts';
import { isObject } from '../../../lib/objects.ts';
import type { Authenticator } from '../../authenticator.ts';
import type { AuthenticationSurroundings } from '../kind.ts';
import { readAnswer } from './answer.ts';
import { trustedFile } from './trusted-file.ts';

/** How long a plugin file may take; a promise that never resolves would keep its request forever. */
const usualDeadlineMs = 10_000;

/** Whether the name of a plugin is the path of a plugin file. */
export function isPluginFile(name: string): boolean {
  return name.includes('/');
}

/**
 * An authenticator from a plugin file (docs/plugins.md). The file is read again when it has changed.
 *
 * @throws AppError `invalid_configuration` when there is no such file, other users may write to it, or it makes no
 *   authenticator
 */
export async function loadPluginFile(
  { name, where, options }: PluginConfiguration,
  { logger, stopping, deadlineMs = usualDeadlineMs }: AuthenticationSurroundings,
): Promise<Authenticator> {
  const path = resolve(name);
  const method = basename(path, extname(path));
  const given = Object.fromEntries(options.map((option) => [option.name, plainValue(option.value)]));
  const within = <T>(work: () => T | Promise<T>, signal?: AbortSignal) => settled(work, deadlineMs, signal);
  try {
    const file = trustedFile(path);
    const made = await within(
      async () => factoryOf(await import(file.url))(given, { logger: logger.child({ plugin: path }) }),
      stopping,
    );
    const { authenticate, asksFor, challenge } = membersOf(made);
    return {
      name: method,
      asksFor: asksFor ?? `what ${method} asks for`,
      challenge,
      async authenticate(request) {
        const copy = { ...request, headers: new Headers(request.headers) };
        return readAnswer(await within(() => authenticate(copy)), method);
      },
    };
  } catch (cause) {
    const problem = `the plugin ${path} cannot be used: ${describeError(cause)}`;
    throw fault(where, problem, 'see `commctl help plugins` for what such a file holds', cause);
  }
}

type Called = (...args: readonly unknown[]) => unknown;

function factoryOf(module: unknown): Called {
  const factory = isModule(module) ? module.default : undefined;
  if (isFunction(factory)) return factory;
  throw new Error('its default export is not a function');
}

function membersOf(made: unknown) {
  if (!isObject(made) || !isFunction(made.authenticate))
    throw new Error('it makes nothing with a function authenticate');
  const { asksFor, challenge, authenticate } = made;
  return {
    asksFor: headerText(asksFor, 'asksFor'),
    challenge: headerText(challenge, 'challenge'),
    // Called as a method, so that the plugin may be a class.
    authenticate: (request: object): unknown => authenticate.call(made, request),
  };
}

function headerText(value: unknown, member: string): string | undefined {
  if (value === undefined || (typeof value === 'string' && /^[\x20-\x7e]+$/.test(value))) return value;
  throw new Error(`its ${member} is not a text of ASCII`);
}

/** @throws Error when it takes too long; the reason of the signal */
async function settled<T>(work: () => T | Promise<T>, deadlineMs: number, signal?: AbortSignal): Promise<T> {
  using limit = new Deadline(deadlineMs, () => new Error(`it took longer than ${deadlineMs / 1000} s`), signal);
  return await abortable((async () => work())(), limit.signal);
}

function isFunction(value: unknown): value is Called {
  return typeof value === 'function';
}

function isModule(value: unknown): value is { readonly default?: unknown } {
  return typeof value === 'object' && value !== null;
}
