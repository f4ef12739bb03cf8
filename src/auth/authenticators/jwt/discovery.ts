import type { JSONWebKeySet } from 'jose';
import { isLoopback } from '../../../lib/loopback.ts';
import { isObject } from '../../../lib/objects.ts';
import type { Call, Service } from '../remote/service.ts';
import { keySetOf } from './keys.ts';

/** The URL of a provider's description (OpenID Connect Discovery 1.0, 4). */
export function discoveryUrl(issuer: string): URL {
  return new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
}

/**
 * The keys of a provider, found through its description.
 *
 * @throws Error when the keys cannot be fetched, or the description is that of another provider
 */
export async function discoverKeys(issuer: string, service: Service, insecure: boolean): Promise<JSONWebKeySet> {
  const url = discoveryUrl(issuer);
  const description = await documentAt(url, service);
  if (!isObject(description) || description.issuer !== issuer) {
    throw new Error(`${url.href} does not describe the provider ${issuer}`);
  }
  const keysUrl = typeof description.jwks_uri === 'string' ? URL.parse(description.jwks_uri) : null;
  if (keysUrl === null || !isSafe(keysUrl, insecure)) throw new Error(`${url.href} names no jwks_uri with https`);
  return fetchKeySet(keysUrl, service);
}

/** @throws Error when there is no key set */
export async function fetchKeySet(url: URL, service: Service): Promise<JSONWebKeySet> {
  return keySetOf(await documentAt(url, service), url.href);
}

function isSafe({ protocol, hostname }: URL, insecure: boolean): boolean {
  return protocol === 'https:' || (protocol === 'http:' && (insecure || isLoopback(hostname)));
}

async function documentAt(url: URL, service: Service): Promise<unknown> {
  const call: Call = { url };
  const answer = await service.call(call);
  if (answer.status !== 200) throw service.unexpected(call, answer);
  return answer.body;
}
