import { readFile } from 'node:fs/promises';
import { Faults } from '../../../config/faults.ts';
import { fault, type Given } from '../../../config/given.ts';
import { readPath, readText, readTexts } from '../../../config/values.ts';
import { withoutByteOrderMark } from '../../../lib/byte-order-mark.ts';
import { describeError } from '../../../lib/errors.ts';
import { certificateIn, privateKeyIn } from '../../../lib/pem-file.ts';
import type { AuthenticationSurroundings } from '../kind.ts';
import type { PluginOptions } from '../plugin-options.ts';
import { readNames } from '../prefixed-names.ts';
import { readService, serviceOptions } from '../remote/options.ts';
import type { Kubernetes } from './token-review.ts';

export const kubernetesOptions = [
  'server_url',
  'token',
  'token_file',
  'certificate_path',
  'certificate_key_path',
  'audiences',
  'prefix',
  ...serviceOptions,
];

const reviews = '/apis/authentication.k8s.io/v1/tokenreviews';

/** @throws AppError `invalid_configuration` */
export async function readKubernetes(
  options: PluginOptions,
  surroundings: AuthenticationSurroundings,
): Promise<Kubernetes> {
  const faults = new Faults();
  const certificate = await faults.attemptAsync(() => readCertificate(options));
  const asked = {
    service: 'Kubernetes',
    urlOption: 'server_url',
    example: 'https://kubernetes.example.com:6443',
    certificate,
  };
  const remote = await faults.attemptAsync(() => readService(options, asked, surroundings));
  const ownToken = await faults.attemptAsync(() => readOwnToken(options));
  const names = faults.attempt(() => readNames(options, 'kubernetesauth', 'kubernetes'));
  const audiences = faults.attempt(() => options.optional('audiences', readTexts) ?? []);
  if (certificate === undefined && !['token', 'token_file'].some((name) => options.get(name) !== undefined)) {
    const problem = 'kubernetesauth needs credentials of its own, with which it may create tokenreviews';
    faults.add(fault(options.where, problem, 'give token_file, token, or certificate_path and certificate_key_path'));
  }
  faults.end();
  if (remote === undefined || ownToken === undefined || names === undefined || audiences === undefined) {
    throw new Error('a fault got lost');
  }
  return { ...remote, url: new URL(reviews, remote.url), audiences, names, ownToken };
}

async function readOwnToken(options: PluginOptions): Promise<Kubernetes['ownToken']> {
  const file = options.get('token_file');
  const token = options.optional('token', readToken);
  if (file === undefined) return async () => token;
  if (token !== undefined) throw fault(file.where, 'token_file does not go together with token', 'give one of the two');
  const path = readPath(file);
  const read = async () => withoutByteOrderMark(await readFile(path, 'utf8')).trim();
  try {
    await read();
  } catch (cause) {
    const problem = `the token file ${path} cannot be read: ${describeError(cause)}`;
    throw fault(file.where, problem, 'name a file that the server can read', cause);
  }
  return read;
}

function readToken(given: Given): string {
  const token = readText(given);
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw fault(given.where, 'the token is none that could be sent', 'give it without white space');
}

async function readCertificate(options: PluginOptions) {
  const path = options.get('certificate_path');
  const keyPath = options.get('certificate_key_path');
  if (path === undefined && keyPath === undefined) return undefined;
  if (path === undefined || keyPath === undefined) {
    const { where } = path ?? keyPath ?? options;
    throw fault(where, 'certificate_path and certificate_key_path go together', 'give both, or neither');
  }
  const faults = new Faults();
  await faults.attemptAsync(() => usable(path, certificateIn));
  await faults.attemptAsync(() => usable(keyPath, privateKeyIn));
  return faults.conclude(() => ({ path: readPath(path), keyPath: readPath(keyPath) }));
}

async function usable(given: Given, read: (path: string) => Promise<string>): Promise<void> {
  const path = readPath(given);
  await read(path).catch((cause: unknown) => {
    throw fault(given.where, describeError(cause), 'name another file', cause);
  });
}
