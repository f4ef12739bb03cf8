import { Faults } from '../../../config/faults.ts';
import { fault, type Given } from '../../../config/given.ts';
import { readPath, readText, readTexts } from '../../../config/values.ts';
import { describeError } from '../../../lib/errors.ts';
import { FollowedFile } from '../followed-file.ts';
import type { AuthenticationSurroundings, AuthenticatorKind } from '../kind.ts';
import type { PluginOptions } from '../plugin-options.ts';

/** Client certificates from the TLS handshake (contract 9.3). */
export const httpauthclientcert: AuthenticatorKind = {
  name: 'httpauthclientcert',
  options: ['cn', 'san', 'crl', 'ca'],
  trustsUnbound: true,
  async make(options, surroundings) {
    // The library for certificates is loaded only where it is needed. It requires this import before it; a static
    // import would come after it in the compiled file.
    await import('reflect-metadata');
    const faults = new Faults();
    const cn = faults.attempt(() => options.optional('cn', readText));
    const san = faults.attempt(() => options.optional('san', readAlternativeNames));
    const revoked = await faults.attemptAsync(() => readRevocations(options, surroundings));
    faults.end();
    const { certificateJudge } = await import('./judge.ts');
    const judge = certificateJudge({ cn, san, clock: surroundings.clock, lists: revoked?.current });
    return {
      name: 'httpauthclientcert',
      asksFor: 'a client certificate (TLS)',
      challenge: undefined,
      names: { prefix: 'certificate', of: 'tls-clientverifyfile' },
      async authenticate({ transport }) {
        if (transport.kind !== 'tls' || transport.certificate === undefined) return 'pass';
        return judge(transport.certificate);
      },
    };
  },
};

function readAlternativeNames(given: Given): string[] {
  const names = readTexts(given);
  const wrong = names.find((name) => !/^(DNS|URI|email|IP):./.test(name));
  if (wrong === undefined) return names;
  const fix = 'write DNS:jump1.example.com, URI:spiffe://…, email:… or IP:…, as openssl does';
  throw fault(given.where, `"${wrong}" is not an alternative name`, fix);
}

async function readRevocations(
  options: PluginOptions,
  { clock, logger, clientAuthorities }: AuthenticationSurroundings,
) {
  const given = options.get('crl');
  const ca = options.optional('ca', readPath) ?? clientAuthorities;
  if (given === undefined) return undefined;
  if (ca === undefined) {
    throw fault(given.where, 'who signs the revocation list is not said', 'set tls-clientverifyfile, or give ca');
  }
  const path = readPath(given);
  const { readRevocationLists } = await import('./revocation-lists.ts');
  try {
    const followed = new FollowedFile({ path, read: () => readRevocationLists(path, ca), clock, logger });
    const notes = await followed.current().check(clock.now());
    for (const note of notes) logger.warn({ authenticator: 'httpauthclientcert', file: path }, note);
    return { current: () => followed.current() };
  } catch (cause) {
    const problem = `the revocation list ${path} cannot be used: ${describeError(cause)}`;
    throw fault(given.where, problem, 'name a file with lists of that authority, PEM or DER', cause);
  }
}
