import { resolve } from 'node:path';
import { systemClock } from '../../lib/clock.ts';
import { using, withSite } from '../contexts/changes.ts';
import { Contexts } from '../contexts/contexts.ts';
import { type ConfigurationDocument, defaultContext } from '../contexts/document.ts';
import { endpointsIn } from '../contexts/shown.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

/** The file of a bare `--write-client-config`: the one that commctl reads. */
export const usualFile = '~/.commissaire.json';

/** The configuration that `init` writes for commctl. The password is not in it: `commctl login` asks for it. */
export interface ClientSite {
  readonly endpoint: string;
  readonly username: string;
  readonly certificate_authority: string;
}

/** A configuration file of commctl that is about to get a site. */
export class ClientConfiguration {
  readonly #contexts: Contexts;
  readonly #force: boolean;
  /** The next command. */
  readonly loginCommand: string;

  /** @param file `usualFile` also means the one that `$COMMCTL_CONFIG` names */
  constructor(file: string, { terminal, force }: { terminal: Terminal; force: boolean }) {
    const config = file === usualFile ? undefined : resolve(file);
    this.loginCommand = config === undefined ? 'commctl login' : `commctl -c ${config} login`;
    const { COMMCTL_CONTEXT: _, ...environment } = terminal.environment;
    this.#contexts = new Contexts(
      { config, context: undefined },
      { terminal: { ...terminal, environment }, clock: systemClock },
    );
    this.#force = force;
  }

  get path(): string {
    return this.#contexts.path;
  }

  /** @throws UsageError when the file is of another site, and `--force` is not given */
  async check(site: ClientSite): Promise<void> {
    this.#checked(await this.#contexts.read(), site);
  }

  /** @throws UsageError */
  async write(site: ClientSite): Promise<void> {
    await this.#contexts.change((document) =>
      using(withSite(this.#checked(document, site), defaultContext, { ...site }), defaultContext),
    );
  }

  #checked(document: ConfigurationDocument, { endpoint, certificate_authority }: ClientSite): ConfigurationDocument {
    const others = [...document.sites].filter(
      ([name, members]) => name !== defaultContext || endpointsIn(members).some((url) => url !== endpoint),
    );
    const [[, other = {}] = []] = others;
    if (others.length === 0 || this.#force) return document;
    throw new UsageError(`${this.path} is of another site: ${endpointsIn(other).join(', ')}`, {
      hint: `add --force to replace it, or name another file; or add this site later with \`commctl login ${endpoint} --ca ${certificate_authority} --context NAME\``,
    });
  }
}
