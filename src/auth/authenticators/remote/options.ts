import { Faults } from '../../../config/faults.ts';
import { describeUnseen, fault, type Given } from '../../../config/given.ts';
import { readBoolean, readPath, readText } from '../../../config/values.ts';
import { isLoopback } from '../../../lib/loopback.ts';
import { certificateIn } from '../../../lib/pem-file.ts';
import type { AuthenticationSurroundings } from '../kind.ts';
import type { PluginOptions } from '../plugin-options.ts';
import { Service } from './service.ts';

export interface RemoteOptions {
  readonly url: URL;
  readonly service: Service;
}

/** The options that `readService` reads, beside the URL. */
export const serviceOptions = ['ca', 'insecure'] as const;

interface Asked {
  /** The name of the service in messages: `Keystone`. */
  readonly service: string;
  /** The option with the URL, and an example of it. */
  readonly urlOption: string;
  readonly example: string;
  readonly certificate?: { readonly path: string; readonly keyPath: string } | undefined;
}

/**
 * Reads how to reach a remote service.
 *
 * @throws AppError `invalid_configuration`
 */
export async function readService(
  options: PluginOptions,
  { service, urlOption, example, certificate }: Asked,
  { logger, deadlineMs, proxyFor }: AuthenticationSurroundings,
): Promise<RemoteOptions> {
  const faults = new Faults();
  const insecure = faults.attempt(() => options.optional('insecure', readBoolean)) ?? false;
  const url = faults.attempt(() =>
    options.required(urlOption, (given) => readServiceUrl(given, insecure), `"${urlOption}": "${example}"`),
  );
  const ca = await faults.attemptAsync(() => readAuthority(options.get('ca')));
  faults.end();
  if (url === undefined) throw new Error('a fault got lost');
  if (insecure) logger.warn({ url: url.origin }, `insecure: nobody verifies that ${url.origin} is really ${service}`);
  return { url, service: new Service({ name: service, ca, insecure, certificate, deadlineMs, proxyFor }) };
}

/** @throws AppError `invalid_configuration` for a URL that would send credentials over a network in clear text */
export function readServiceUrl(given: Given, insecure: boolean): URL {
  const url = URL.parse(readText(given));
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw fault(given.where, `${describeUnseen(given)} is not a URL`, 'give one with https');
  }
  if (url.username !== '' || url.password !== '') {
    throw fault(given.where, 'the URL holds credentials', 'leave them out');
  }
  if (url.protocol === 'https:' || insecure || isLoopback(url.hostname)) return url;
  const problem = `plain HTTP to ${url.host} would send credentials over the network in clear`;
  throw fault(given.where, problem, 'give a URL with https, or accept the risk with insecure: true');
}

/**
 * The path of a PEM file of CAs, after a check of its content.
 *
 * @throws AppError `invalid_configuration`
 */
export async function readAuthority(given: Given | undefined): Promise<string | undefined> {
  if (given === undefined) return undefined;
  const path = readPath(given);
  try {
    await certificateIn(path);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw fault(given.where, problem, 'name a PEM file with the certificates of the authorities', cause);
  }
  return path;
}
