import type { HookConfiguration } from './hooks.ts';
import type { LogLevel } from './options.ts';
import type { PluginConfiguration } from './plugins.ts';
import type { ConfiguredBinding, ConfiguredRole } from './roles.ts';
import type { UnixSocketSetting } from './unix-socket.ts';

/** What the server goes by. */
export interface ServerConfiguration {
  readonly listenInterface: string;
  readonly listenPort: number;
  readonly tlsPemfile: string | undefined;
  /** Only counts with `tlsPemfile` (contract 10.1). */
  readonly tlsClientverifyfile: string | undefined;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly unixSocket: UnixSocketSetting | undefined;
  /** In the order they are tried. */
  readonly authenticationPlugins: readonly PluginConfiguration[];
  readonly roles: readonly ConfiguredRole[];
  readonly roleBindings: readonly ConfiguredBinding[];
  /** The role of callers to whom none is bound; `none` is no role. */
  readonly defaultRole: { readonly where: string; readonly name: string } | undefined;
  readonly selfAuths: readonly string[];
  /** Requests a second; 0 for any number. */
  readonly rateLimit: number;
  /** Addresses and networks whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  readonly dataDir: string;
  /** Whether a store may be made beside a master key that is there. */
  readonly newStore: boolean;
  readonly upgradeWithoutSnapshot: boolean;
  /** The file with the passphrase of the master key. */
  readonly masterPassphraseFile: string | undefined;
  /** Absolute. */
  readonly copySources: readonly string[];
  /** What the server may be made to ask by gates, beside the machines. */
  readonly gateDestinations: readonly string[];
  /** Bytes. */
  readonly logLimit: number;
  /** Days that an operation is kept after its end. */
  readonly operationRetention: number;
  /** Operations that are kept. */
  readonly operationLimit: number;
  /** Entries of the audit trail. */
  readonly auditLimit: number;
  /** Days. */
  readonly auditRetention: number;
  readonly eventLimit: number;
  /** Days. */
  readonly eventRetention: number;
  readonly hooks: readonly HookConfiguration[];
  readonly insecure: boolean;
  readonly logLevel: LogLevel;
  /** The file that was read, or `standard input`. */
  readonly configurationFile: string | undefined;
}
