import { type Client, connect } from '../client/connect.ts';
import type { UnsentRequest } from '../client/not-sent.ts';
import type { Failover } from '../client/transport.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { assertOptions, commandsWith } from './command.ts';
import type { ConfirmMode } from './confirm-mode.ts';
import { Contexts } from './contexts/contexts.ts';
import type { Options, RawValues } from './declaration.ts';
import { type Format, outputOf, outputs, type Shape, valuesAt } from './formats.ts';
import { underHeading } from './help/under-heading.ts';
import type { NewSite } from './login-site.ts';
import { openSession } from './session/open-session.ts';
import { SessionFile } from './session/sessions.ts';
import {
  confirmModeOf,
  type DefaultCluster,
  defaultClusterOf,
  type GivenCaller,
  type Servers,
  serversOf,
  settle,
  settleAnew,
  settleSite,
} from './settings.ts';
import type { Terminal } from './terminal.ts';
import { printUnsent } from './unsent-request.ts';

/** What the handler of a `commctl` command gets. */
export interface Context {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly format: Format;
  /** The format given with `--output`, for a result that is unformatted without it. */
  readonly givenFormat: Format | undefined;
  /** What of the result is printed: set by `-o wide`, `-o name` and `-o jsonpath=…`. */
  readonly shape: Shape | undefined;
  /** The noun of the command: `host` for `commctl host list`. */
  readonly noun: string;
  readonly colour: boolean;
  /** Sends no changes: shows the request instead, and for an operation the plan. */
  readonly dryRun: boolean;
  /**
   * Reads the configuration, prompting if necessary, and creates a client; failovers are reported on stderr or to
   * `onFailover`.
   */
  connect(ways?: ConnectWays): Promise<Client>;
  /** The stored sessions. */
  readonly sessions: SessionFile;
  /** The contexts of the configuration file. */
  readonly contexts: Contexts;
  /** The values of `--endpoint`. */
  readonly givenEndpoints: readonly string[];
  /** When to ask for a confirmation, as the configuration says. */
  confirmMode(): Promise<ConfirmMode>;
  /** The cluster of commands that are given none. @throws UsageError */
  defaultCluster(): Promise<DefaultCluster>;
  /** The servers, prompting if necessary. */
  servers(): Promise<Servers>;
  /**
   * A client that proves the caller's identity anew, as the given user or the configured one, to the configured servers
   * or to those of a site that is not in the configuration yet.
   */
  logIn(caller?: GivenCaller, site?: NewSite): Promise<LogIn>;
}

export interface ConnectWays {
  readonly onFailover?: (failover: Failover) => void | Promise<void>;
  /** The endpoint to use when none is configured, instead of prompting. */
  readonly otherwise?: string;
}

export interface LogIn {
  readonly client: Client;
  readonly servers: Servers;
  /** The login that identifies a session of the client. */
  readonly login: string;
  /** The login whose session the other commands use. */
  readonly configured: string;
  /** The user, when there are a name and a password. */
  readonly username: string | undefined;
}

export const { command, group } = commandsWith<Context>();

const outputSummary = `format: ${[...outputs.choices, ...outputs.prefixes.map((prefix) => `${prefix}QUERY`)].join(', ')}`;

/** The options of `commctl` itself. */
export const globalOptions = {
  ...underHeading('Global options', {
    config: { type: 'text', short: 'c', placeholder: 'FILE', summary: 'configuration file (~/.commissaire.json)' },
    context: {
      type: 'text',
      placeholder: 'NAME',
      completes: 'context',
      summary: 'context of the configuration file to use',
    },
    endpoint: {
      type: 'list',
      placeholder: 'URL',
      summary: 'server to use instead of those in the file; repeatable',
    },
    dryRun: { type: 'flag', summary: 'change nothing: show the requests, or the plan' },
  }),
  ...underHeading('Output options', {
    output: { type: 'text', short: 'o', placeholder: 'FORMAT', ...outputs, summary: outputSummary },
    noColor: { type: 'flag', summary: 'no colours, as with NO_COLOR set' },
  }),
} as const satisfies Options;

/** @param words the words of the command, without those of its arguments */
export function contextOf(globals: RawValues, terminal: Terminal, words: readonly string[]): Context {
  assertOptions<typeof globalOptions>(globalOptions, globals);
  const given = globals;
  const { output, noColor, dryRun } = given;
  const sessions = new SessionFile(terminal, systemClock);
  const settings = once((otherwise?: string) => settle(given, terminal, { sessions, otherwise }));
  const tell = async (failover: Failover) => {
    await terminal.stderr.write(`${describeFailover(failover)}\n`);
  };
  const asked = output === undefined ? undefined : outputOf(output);
  const format = asked?.format ?? (terminal.stdout.isTerminal ? 'table' : 'yaml');
  const shape = asked?.shape;
  const told = dryRun ? (request: UnsentRequest) => printUnsent({ terminal, format }, request) : undefined;
  return {
    terminal,
    clock: systemClock,
    format,
    givenFormat: asked?.format,
    shape,
    noun: nounOf(words),
    dryRun,
    colour: !noColor && (terminal.environment.NO_COLOR ?? '') === '',
    sessions,
    contexts: new Contexts(given, { terminal, clock: systemClock }),
    givenEndpoints: given.endpoint,
    confirmMode: () => confirmModeOf(given, terminal),
    defaultCluster: () => defaultClusterOf(given, terminal),
    servers: () => serversOf(given, terminal),
    async connect({ onFailover = tell, otherwise } = {}) {
      // Before anything is changed.
      if (shape?.kind === 'jsonpath') await valuesAt(shape.path);
      const settled = await settings(otherwise);
      const way = 'session' in settled ? openSession(settled, { sessions, terminal, clock: systemClock }) : settled;
      // A person sees failures at once; commands that wait for an operation retry by themselves.
      return connect({ ...way, onFailover, retries: 0, dryRun: told });
    },
    async logIn(caller, site) {
      const settled = await (site === undefined
        ? settleAnew(given, terminal, caller)
        : settleSite(site, given, terminal, caller));
      const { login, configured, credentials, ...servers } = settled;
      const name = credentials !== undefined && 'username' in credentials ? credentials.username : undefined;
      const ways = { onFailover: tell, retries: 0, dryRun: told };
      const way = credentials === undefined ? servers : { ...servers, credentials };
      return { login, configured, username: name, servers, client: connect({ ...way, ...ways }) };
    },
  };
}

/** What the records of a command are called: `exec` and `copy` start an operation. */
function nounOf([first = '']: readonly string[]): string {
  return first === 'exec' || first === 'copy' ? 'operation' : first;
}

export function describeFailover({ from, to }: Failover): string {
  return `Could not connect to ${from}. Retrying with ${to}.`;
}

/** The same promise for every caller, so that the person is prompted once. */
function once<A extends unknown[], T>(make: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
  let made: Promise<T> | undefined;
  return (...args) => {
    made ??= make(...args);
    return made;
  };
}
