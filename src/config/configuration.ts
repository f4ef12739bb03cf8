import type { BackupConfiguration } from './backups.ts';
import type { Endpoint } from './endpoint.ts';
import type { HookConfiguration } from './hooks.ts';
import type { LogLevel, ModuleLevels } from './log-levels.ts';
import type { LogFormat, Renewal } from './options.ts';
import type { PluginConfiguration } from './plugins.ts';
import type { ConfiguredBinding, ConfiguredRole } from './roles.ts';
import type { TracingConfiguration } from './tracing.ts';
import type { UnixSocketSetting } from './unix-socket.ts';

/** The configuration of the server. */
export interface ServerConfiguration {
  readonly listenInterface: string;
  readonly listenPort: number;
  readonly tlsPemfile: string | undefined;
  /** Used only with `tlsPemfile` (contract 10.1). */
  readonly tlsClientverifyfile: string | undefined;
  /** When the server renews the certificate that `init` made. */
  readonly certificateRenewal: Renewal;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly unixSocket: UnixSocketSetting | undefined;
  /** In the order in which they are tried. */
  readonly authenticationPlugins: readonly PluginConfiguration[];
  readonly roles: readonly ConfiguredRole[];
  readonly roleBindings: readonly ConfiguredBinding[];
  /** The role of callers without a role binding; `none` means no role. */
  readonly defaultRole: { readonly where: string; readonly name: string } | undefined;
  readonly selfAuths: readonly string[];
  /** Requests a second; 0 for no limit. */
  readonly rateLimit: number;
  /** Addresses and networks whose X-Forwarded-For is trusted. */
  readonly trustedProxies: readonly string[];
  readonly dataDir: string;
  /** Whether a store may be created beside an existing master key. */
  readonly newStore: boolean;
  readonly upgradeWithoutSnapshot: boolean;
  /** The file with the passphrase of the master key. */
  readonly masterPassphraseFile: string | undefined;
  /** Absolute paths. */
  readonly copySources: readonly string[];
  /** Destinations that gates may make the server connect to, beside the hosts. */
  readonly gateDestinations: readonly string[];
  /** The URL of the HTTP proxy for webhooks, identity services and container managers. */
  readonly proxy: string | undefined;
  /** The hosts that are reached without it. */
  readonly noProxy: readonly string[];
  /** Bytes. */
  readonly logLimit: number;
  /** The space that changes leave free on the disk, in bytes; undefined for that of the file system. */
  readonly diskFloor: number | undefined;
  /** Seconds that a machine may take to come back from a reboot, unless something else says so. */
  readonly rebootTimeout: number;
  /** Seconds that attached commands may take to end once the server is asked to stop. */
  readonly stopTimeout: number;
  /** Days that an operation is kept after it has ended. */
  readonly operationRetention: number;
  /** The most operations that are kept. */
  readonly operationLimit: number;
  /** The most entries of the audit trail. */
  readonly auditLimit: number;
  /** Days. */
  readonly auditRetention: number;
  readonly eventLimit: number;
  /** Days. */
  readonly eventRetention: number;
  readonly hooks: readonly HookConfiguration[];
  readonly backup: BackupConfiguration;
  readonly insecure: boolean;
  readonly logLevel: LogLevel;
  readonly moduleLevels: ModuleLevels;
  readonly logFormat: LogFormat;
  /** Where metrics are served without authentication. */
  readonly metricsListen: Endpoint | undefined;
  /** Undefined when no traces are exported. */
  readonly tracing: TracingConfiguration | undefined;
  /** The file that was read, or `standard input`. */
  readonly configurationFile: string | undefined;
}
