import { type Static, Type as t } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { choices } from '../lib/choices.ts';
import { AppError } from '../lib/errors.ts';
import { isLoopback } from '../lib/loopback.ts';
import { schemaFault } from '../lib/schema-fault.ts';
import { memberName } from '../lib/schema-form.ts';

export const ManagerType = choices(
  {
    openshift: 'The API of OpenShift',
    kubernetes: 'The API of Kubernetes',
    trivial: 'None: the server only remembers which hosts are nodes, for tests',
  },
  { description: 'What it is' },
);
export type ManagerType = Static<typeof ManagerType>;

const path = (description: string) =>
  t.String({
    pattern: '^/[^\\0]*$',
    maxLength: 4096,
    description,
    form: 'an absolute path, such as /etc/commissaire/client.pem',
  });

/**
 * How to reach the API of OpenShift or Kubernetes. Unknown options are refused, because one might be a misspelt secret.
 */
export const KubernetesOptions = t.Object(
  {
    server_url: t.String({ maxLength: 2000, description: 'https://HOST:PORT; a path is left out' }),
    token: t.Optional(
      t.String({
        pattern: '^[\\x21-\\x7e]+$',
        maxLength: 65_536,
        description: 'A bearer token',
        form: 'a token: printable characters without blanks',
      }),
    ),
    username: t.Optional(
      t.String({
        pattern: '^[^:\\0-\\x1f]+$',
        maxLength: 255,
        description: 'The user of basic authentication',
        form: 'a name of 1 to 255 characters without a colon',
      }),
    ),
    password: t.Optional(
      t.String({
        pattern: '^[^\\0-\\x1f]+$',
        maxLength: 4096,
        description: 'The password of that user',
        form: 'a text of 1 to 4096 characters without line breaks',
      }),
    ),
    certificate_path: t.Optional(path('PEM file on the jump host with the client certificate')),
    certificate_key_path: t.Optional(path('PEM file on the jump host with the key of the client certificate')),
    certificate_authority: t.Optional(
      t.String({
        pattern: '^(/[^\\0]*|\\s*-----BEGIN CERTIFICATE-----[\\s\\S]*)$',
        maxLength: 262_144,
        description: 'The certificates of the CAs that sign the certificate of the server',
        form: 'the absolute path of a PEM file on the jump host, or certificates in PEM form',
      }),
    ),
    insecure: t.Optional(t.Boolean({ description: 'Do not verify who the server is' })),
  },
  { additionalProperties: false },
);
export type KubernetesOptions = Static<typeof KubernetesOptions>;

/**
 * The options to store. The texts `true` and `false`, which are all that a command line can give, become booleans.
 *
 * @throws AppError `invalid_member`, which never repeats a value
 */
export function checkedOptions(type: ManagerType, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return type === 'trivial' ? { ...given } : kubernetesOptions(given);
}

/** @throws AppError `invalid_member`, which never repeats a value */
export function kubernetesOptions(given: Readonly<Record<string, unknown>>): KubernetesOptions {
  const named = withServerUrl(given);
  const options: unknown = { ...named, ...('insecure' in named ? { insecure: truthOf(named.insecure) } : {}) };
  if (!Value.Check(KubernetesOptions, options)) throw misshapen(options);
  const { username, password, certificate_path, certificate_key_path, token } = options;
  checkUrl(options);
  checkPair('password', { username, password });
  checkPair('certificate_key_path', { certificate_path, certificate_key_path });
  if (token !== undefined && username !== undefined) {
    throw fault('token', 'it does not go together with a username', 'give one of the two');
  }
  return options;
}

/**
 * The options with `server_url` in place of `apiserver`, as the manual of the original names it.
 *
 * @throws AppError `invalid_member` when both are given
 */
function withServerUrl(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (!('apiserver' in given)) return given;
  if ('server_url' in given) throw fault('apiserver', 'it is another name of server_url', 'give server_url alone');
  const { apiserver: server_url, ...others } = given;
  return { server_url, ...others };
}

function checkUrl({ server_url, certificate_path, token, password, insecure }: KubernetesOptions): void {
  const url = URL.parse(server_url);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw fault('server_url', 'it is not a URL', 'give one such as https://manager.example.com:6443');
  }
  if (url.username !== '' || url.password !== '') {
    throw fault('server_url', 'it holds credentials', 'give them as username and password, where they are kept secret');
  }
  if (url.protocol === 'https:') return;
  if (certificate_path !== undefined) throw fault('certificate_path', 'it needs https', 'give a server_url with https');
  if ((token ?? password) === undefined || insecure === true || isLoopback(url.hostname)) return;
  throw fault(
    'server_url',
    'plain HTTP would send the credentials over the network in clear',
    'give one with https, or accept the risk with insecure: true',
  );
}

function checkPair(member: string, pair: Record<string, string | undefined>): void {
  const [first, second] = Object.values(pair);
  if ((first === undefined) === (second === undefined)) return;
  throw fault(member, `${Object.keys(pair).join(' and ')} go together`, 'give both, or neither');
}

function truthOf(value: unknown): unknown {
  return value === 'true' ? true : value === 'false' ? false : value;
}

function misshapen(options: unknown): AppError {
  const wrong = schemaFault(KubernetesOptions, options);
  const member = `/options${wrong?.pointer ?? ''}`;
  const explained = '`commctl explain container_manager.options` explains the options';
  return new AppError('invalid_member', `${memberName(member)} ${wrong?.problem ?? 'is not as it must be'}`, {
    hint: wrong?.hint === undefined ? explained : `${wrong.hint} ${explained}`,
    details: { member },
  });
}

function fault(option: string, problem: string, hint: string): AppError {
  const member = `/options/${option}`;
  return new AppError('invalid_member', `${memberName(member)}: ${problem}`, { hint, details: { member } });
}
