import type { DurationUnit } from '../lib/durations.ts';
import { rebootTimeoutRange } from '../lib/reboot-timeout.ts';
import { logLevels } from './log-levels.ts';

export type OptionType =
  | 'address'
  | 'name'
  | 'path'
  | 'integer'
  | 'size'
  | 'duration'
  | 'boolean'
  | 'choice'
  | 'list'
  | 'networks'
  | 'destinations'
  | 'proxy'
  | 'exceptions'
  | 'plugins'
  | 'hooks'
  | 'time'
  | 'keep'
  | 'targets'
  | 'roles'
  | 'bindings'
  | 'levels'
  | 'endpoint'
  | 'url'
  | 'logging'
  | 'ignored';

/** The types whose values are lists; their flags may be repeated. */
const listTypes: readonly OptionType[] = ['list', 'networks', 'destinations', 'exceptions', 'plugins'];

/** Whether a flag or a variable may hold several values. */
export function takesList({ type }: Pick<ServerOption, 'type'>): boolean {
  return listTypes.includes(type);
}

/**
 * One option of the server. The check of the file, the flags, the environment, the help and the manual derive from it.
 */
export interface ServerOption {
  /** The member of the configuration file, and its name in messages. */
  readonly name: string;
  /** The long flag without its dashes; undefined when there is no flag. */
  readonly flag?: string;
  /** The one-letter flag without its dash. */
  readonly short?: string;
  /** The placeholder of the flag's value in the help; a flag without one is a switch. */
  readonly argument?: string;
  readonly type: OptionType;
  readonly default?: string | number | boolean;
  /** The default in words, when it is not one value. */
  readonly defaultText?: string;
  /** The environment variable; undefined when there is none. */
  readonly env?: string;
  /** Whether the configuration file may contain it. */
  readonly file: boolean;
  /** The unit of a number that stands alone, for a `duration`. */
  readonly unit?: DurationUnit;
  /** Smallest and largest value of an `integer`, of a `size` in bytes, or of a `duration` in its unit. */
  readonly range?: readonly [number, number];
  /** The values of a `choice`. */
  readonly choices?: readonly string[];
  readonly help: string;
}

/** Of an option of the type `duration`. */
export function boundsOf({ unit = 's', range = [0, Number.MAX_SAFE_INTEGER] }: Pick<ServerOption, 'unit' | 'range'>) {
  return { unit, range } as const;
}

export const logFormats = ['auto', 'json', 'text'] as const;
export type LogFormat = (typeof logFormats)[number];

/** When the server renews its own certificate. */
export const renewals = ['auto', 'never'] as const;
export type Renewal = (typeof renewals)[number];

/** All options, in the order of help and manual. `list` and `plugins` flags may be repeated. */
export const serverOptions: readonly ServerOption[] = [
  {
    name: 'listen-interface',
    flag: 'listen-interface',
    short: 'i',
    argument: 'ADDRESS',
    type: 'address',
    default: '127.0.0.1',
    env: 'COMMISSAIRE_LISTEN_INTERFACE',
    file: true,
    help: 'Address to listen on. An address that other machines can reach needs tls-pemfile, or insecure.',
  },
  {
    name: 'listen-port',
    flag: 'listen-port',
    short: 'p',
    argument: 'PORT',
    type: 'integer',
    range: [0, 65_535],
    default: 8000,
    env: 'COMMISSAIRE_LISTEN_PORT',
    file: true,
    help: 'Port to listen on; 0 for any free port.',
  },
  {
    name: 'tls-pemfile',
    flag: 'tls-pemfile',
    argument: 'FILE',
    type: 'path',
    env: 'COMMISSAIRE_TLS_PEMFILE',
    file: true,
    help: 'PEM file with the private key and the certificate chain; enables HTTPS.',
  },
  {
    name: 'tls-clientverifyfile',
    flag: 'tls-clientverifyfile',
    argument: 'FILE',
    type: 'path',
    env: 'COMMISSAIRE_TLS_CLIENTVERIFYFILE',
    file: true,
    help: 'PEM file with the CAs of client certificates; every client must then present one. Needs tls-pemfile.',
  },
  {
    name: 'certificate-renewal',
    flag: 'certificate-renewal',
    argument: 'WHEN',
    type: 'choice',
    choices: renewals,
    default: 'auto',
    env: 'COMMISSAIRE_CERTIFICATE_RENEWAL',
    file: true,
    help: 'When the server renews the certificate that `commissaire init` made: auto, when a third of its time is left, or never. Clients that pin the fingerprint of the certificate need the new one.',
  },
  {
    name: 'max-connections',
    flag: 'max-connections',
    argument: 'N',
    type: 'integer',
    range: [1, 100_000],
    default: 1024,
    env: 'COMMISSAIRE_MAX_CONNECTIONS',
    file: true,
    help: 'Maximum number of connections; beyond it, the server closes the oldest connection of the address that has the most.',
  },
  {
    name: 'max-connections-per-address',
    flag: 'max-connections-per-address',
    argument: 'N',
    type: 'integer',
    range: [1, 100_000],
    default: 256,
    env: 'COMMISSAIRE_MAX_CONNECTIONS_PER_ADDRESS',
    file: true,
    help: 'Maximum number of connections from one address, or from one IPv6 /64; more are refused. Loopback and trusted-proxies are exempt.',
  },
  {
    name: 'unix-socket',
    flag: 'unix-socket',
    argument: 'FILE',
    type: 'path',
    defaultText: '`commissaire.sock` in data-dir',
    env: 'COMMISSAIRE_UNIX_SOCKET',
    file: true,
    help: "Additional Unix socket to listen on, for root and the server's user, who need no password there; none for no socket.",
  },
  {
    name: 'authentication-plugins',
    flag: 'authentication-plugin',
    argument: 'NAME:KEY=VALUE,…',
    type: 'plugins',
    defaultText: 'none: every request is refused',
    env: 'COMMISSAIRE_AUTHENTICATION_PLUGINS',
    file: true,
    help: 'Authentication plugins, tried in order. The flag may be repeated.',
  },
  {
    name: 'roles',
    type: 'roles',
    defaultText: 'none besides viewer, operator, registrar and admin',
    file: true,
    help: 'Additional roles: names with their permissions.',
  },
  {
    name: 'role-bindings',
    type: 'bindings',
    defaultText: 'none',
    file: true,
    help: 'Role bindings: who has which role, for which clusters, and for how many hosts at once.',
  },
  {
    name: 'default-role',
    flag: 'default-role',
    argument: 'ROLE',
    type: 'name',
    defaultText:
      '`admin` for the authenticators of the original and plugin files, `none` for `jwt` and `kubernetesauth`',
    env: 'COMMISSAIRE_DEFAULT_ROLE',
    file: true,
    help: 'Role of callers without a role binding; none for no role.',
  },
  {
    name: 'rate-limit',
    flag: 'rate-limit',
    argument: 'REQUESTS',
    type: 'integer',
    range: [0, 1_000_000],
    default: 0,
    env: 'COMMISSAIRE_RATE_LIMIT',
    file: true,
    help: 'Maximum number of requests per second from one address, and from one caller; bursts may have twice as many; 0 for no limit.',
  },
  {
    name: 'self-auths',
    flag: 'self-auth',
    argument: 'PATH',
    type: 'list',
    defaultText: 'none',
    env: 'COMMISSAIRE_SELF_AUTHS',
    file: true,
    help: 'Exact paths that need no credentials; a caller without credentials has no permissions there. The flag may be repeated.',
  },
  {
    name: 'trusted-proxies',
    flag: 'trusted-proxy',
    argument: 'NETWORK',
    type: 'networks',
    defaultText: 'none',
    env: 'COMMISSAIRE_TRUSTED_PROXIES',
    file: true,
    help: 'Addresses, or networks such as 192.0.2.0/24, of proxies whose X-Forwarded-For is trusted. The flag may be repeated.',
  },
  {
    name: 'data-dir',
    flag: 'data-dir',
    argument: 'DIR',
    type: 'path',
    defaultText: '`/var/lib/commissaire` for root, else `$XDG_DATA_HOME/commissaire` or `~/.local/share/commissaire`',
    env: 'COMMISSAIRE_DATA_DIR',
    file: true,
    help: 'Directory of the store and its master key.',
  },
  {
    name: 'new-store',
    flag: 'new-store',
    type: 'boolean',
    default: false,
    file: false,
    help: 'Create a new store when the data directory has a master key and no store. Without it the server reports the lost store and does not start.',
  },
  {
    name: 'upgrade-without-snapshot',
    flag: 'upgrade-without-snapshot',
    type: 'boolean',
    default: false,
    file: false,
    help: 'Upgrade the store of an earlier version without a snapshot in the data directory; keep a backup elsewhere.',
  },
  {
    name: 'master-passphrase-file',
    flag: 'master-passphrase-file',
    argument: 'FILE',
    type: 'path',
    defaultText: 'the systemd credential `commissaire-passphrase`, if there is one',
    env: 'COMMISSAIRE_MASTER_PASSPHRASE_FILE',
    file: true,
    help: 'File with the passphrase that encrypts the master key; without one only the mode of its file protects the key.',
  },
  {
    name: 'copy-sources',
    flag: 'copy-source',
    argument: 'DIR',
    type: 'list',
    defaultText: 'none',
    env: 'COMMISSAIRE_COPY_SOURCES',
    file: true,
    help: 'Directories of this machine whose files a copy may send to hosts; whoever may start operations can read all of them. The flag may be repeated.',
  },
  {
    name: 'gate-destinations',
    flag: 'gate-destination',
    argument: 'DESTINATION',
    type: 'destinations',
    defaultText: 'none',
    env: 'COMMISSAIRE_GATE_DESTINATIONS',
    file: true,
    help: 'Host names, addresses or networks, each with or without :PORT, that the server may request for HTTP gates, besides the machine itself. The flag may be repeated.',
  },
  {
    name: 'proxy',
    flag: 'proxy',
    argument: 'URL',
    type: 'proxy',
    defaultText: 'none; http_proxy and HTTPS_PROXY of the environment are not used',
    env: 'COMMISSAIRE_PROXY',
    file: true,
    help: 'HTTP proxy, http://[USER:PASSWORD@]HOST:PORT, through which the server reaches webhooks, identity services and container managers. Gates and this machine are always reached directly.',
  },
  {
    name: 'no-proxy',
    flag: 'no-proxy',
    argument: 'HOSTS',
    type: 'exceptions',
    defaultText: 'none',
    env: 'COMMISSAIRE_NO_PROXY',
    file: true,
    help: 'Hosts that are reached without the proxy: names, .example.com for the names below it, addresses, networks, each with or without :PORT, or *. The flag may be repeated.',
  },
  {
    name: 'log-limit',
    flag: 'log-limit',
    argument: 'SIZE',
    type: 'size',
    range: [1024 * 1024, Number.MAX_SAFE_INTEGER],
    default: '10GiB',
    env: 'COMMISSAIRE_LOG_LIMIT',
    file: true,
    help: 'Maximum size of all stored output, such as 500MiB; beyond it, the server removes the logs of the oldest operations.',
  },
  {
    name: 'disk-floor',
    flag: 'disk-floor',
    argument: 'SIZE',
    type: 'size',
    range: [1024 * 1024, Number.MAX_SAFE_INTEGER],
    defaultText: '32MiB, or an eighth of a smaller file system',
    env: 'COMMISSAIRE_DISK_FLOOR',
    file: true,
    help: 'Space that changes leave free on the file system of data-dir, such as 1GiB; below it, the server answers changes with 507. Output of machines leaves twice as much.',
  },
  {
    name: 'reboot-timeout',
    flag: 'reboot-timeout',
    argument: 'DURATION',
    type: 'duration',
    unit: 's',
    range: rebootTimeoutRange,
    default: 600,
    env: 'COMMISSAIRE_REBOOT_TIMEOUT',
    file: true,
    help: 'Time that a machine may take to come back from a reboot, unless a strategy, the label reboot_timeout of the host or its cluster says otherwise; such as 10m, a number alone is seconds.',
  },
  {
    name: 'stop-timeout',
    flag: 'stop-timeout',
    argument: 'DURATION',
    type: 'duration',
    unit: 's',
    range: [0, 3600],
    default: 60,
    env: 'COMMISSAIRE_STOP_TIMEOUT',
    file: true,
    help: 'Time that attached commands may take to end once the server is asked to stop; such as 5m, a number alone is seconds.',
  },
  {
    name: 'operation-retention',
    flag: 'operation-retention',
    argument: 'DURATION',
    type: 'duration',
    unit: 'd',
    range: [1, 36_500],
    default: 400,
    env: 'COMMISSAIRE_OPERATION_RETENTION',
    file: true,
    help: 'Time that an operation is kept after its end, with its journal and log, such as 90d; a number alone is days; the newest of each cluster and kind is always kept.',
  },
  {
    name: 'operation-limit',
    flag: 'operation-limit',
    argument: 'N',
    type: 'integer',
    range: [100, 100_000_000],
    default: 100_000,
    env: 'COMMISSAIRE_OPERATION_LIMIT',
    file: true,
    help: 'Maximum number of operations that are kept; the oldest ended ones are removed first.',
  },
  {
    name: 'audit-limit',
    flag: 'audit-limit',
    argument: 'N',
    type: 'integer',
    range: [1_000, 100_000_000],
    default: 1_000_000,
    env: 'COMMISSAIRE_AUDIT_LIMIT',
    file: true,
    help: 'Maximum number of entries in the audit trail; the oldest are removed first.',
  },
  {
    name: 'audit-retention',
    flag: 'audit-retention',
    argument: 'DURATION',
    type: 'duration',
    unit: 'd',
    range: [1, 36_500],
    default: 3_650,
    env: 'COMMISSAIRE_AUDIT_RETENTION',
    file: true,
    help: 'Time that an entry of the audit trail is kept, such as 90d; a number alone is days.',
  },
  {
    name: 'event-limit',
    flag: 'event-limit',
    argument: 'N',
    type: 'integer',
    range: [1_000, 10_000_000],
    default: 100_000,
    env: 'COMMISSAIRE_EVENT_LIMIT',
    file: true,
    help: 'Maximum number of events that are kept; the oldest are removed first.',
  },
  {
    name: 'event-retention',
    flag: 'event-retention',
    argument: 'DURATION',
    type: 'duration',
    unit: 'd',
    range: [1, 36_500],
    default: 400,
    env: 'COMMISSAIRE_EVENT_RETENTION',
    file: true,
    help: 'Time that an event or a dead letter of a hook is kept, such as 90d; a number alone is days.',
  },
  {
    name: 'backup-directory',
    flag: 'backup-directory',
    argument: 'DIR',
    type: 'path',
    defaultText: '`backups` in the data directory',
    env: 'COMMISSAIRE_BACKUP_DIRECTORY',
    file: true,
    help: 'Directory of the backups that the server makes.',
  },
  {
    name: 'backup-interval',
    flag: 'backup-interval',
    argument: 'DURATION',
    type: 'duration',
    unit: 'h',
    range: [1, 8_784],
    defaultText: 'none: no backup is made by itself',
    env: 'COMMISSAIRE_BACKUP_INTERVAL',
    file: true,
    help: 'Time from one backup to the next, such as 6h or 1d; a number alone is hours. A backup that was missed is made soon after the start.',
  },
  {
    name: 'backup-time',
    flag: 'backup-time',
    argument: 'HH:MM',
    type: 'time',
    defaultText: 'none',
    env: 'COMMISSAIRE_BACKUP_TIME',
    file: true,
    help: 'Time of day, in UTC, of a backup every day, such as 02:30; instead of backup-interval.',
  },
  {
    name: 'backup-keep',
    flag: 'backup-keep',
    argument: 'RULES',
    type: 'keep',
    default: 'last=3,daily=7,weekly=4',
    env: 'COMMISSAIRE_BACKUP_KEEP',
    file: true,
    help: 'Which backups in backup-directory are kept after one was made by itself: so many of the newest, and the newest of so many days, weeks and months.',
  },
  {
    name: 'backup-passphrase-file',
    flag: 'backup-passphrase-file',
    argument: 'FILE',
    type: 'path',
    defaultText: 'none: backups are not sealed',
    env: 'COMMISSAIRE_BACKUP_PASSPHRASE_FILE',
    file: true,
    help: 'File with the passphrase that seals the backups that are made by themselves. Keep a copy of it elsewhere.',
  },
  {
    name: 'backup-targets',
    type: 'targets',
    defaultText: 'none',
    file: true,
    help: 'Other places that each backup which is made by itself is copied to: directories, machines over SSH, and URLs.',
  },
  {
    name: 'insecure',
    flag: 'insecure',
    type: 'boolean',
    default: false,
    env: 'COMMISSAIRE_INSECURE',
    file: true,
    help: 'Allow plain HTTP on an address that other machines can reach; passwords are then sent in clear.',
  },
  {
    name: 'log-level',
    flag: 'log-level',
    argument: 'LEVEL',
    type: 'choice',
    choices: logLevels,
    default: 'info',
    env: 'COMMISSAIRE_LOG_LEVEL',
    file: true,
    help: 'Lowest level that is logged: trace, debug, info, warn, error or fatal.',
  },
  {
    name: 'debug',
    flag: 'debug',
    type: 'boolean',
    default: false,
    env: 'COMMISSAIRE_DEBUG',
    file: true,
    help: 'The same as log-level debug.',
  },
  {
    name: 'log-levels',
    flag: 'log-levels',
    argument: 'LEVELS',
    type: 'levels',
    defaultText: 'none: every module has log-level',
    env: 'COMMISSAIRE_LOG_LEVELS',
    file: true,
    help: 'Levels of modules that have their own, such as ssh=debug,store=warn; in the file also an object. The modules are in monitoring.md.',
  },
  {
    name: 'log-format',
    type: 'choice',
    choices: logFormats,
    default: 'auto',
    env: 'COMMISSAIRE_LOG_FORMAT',
    file: true,
    help: 'Form of a line of the log: json, text for a person, or auto, which is text on a terminal and json elsewhere.',
  },
  {
    name: 'metrics-listen',
    type: 'endpoint',
    defaultText: 'none: metrics are only at /metrics of the API, with the permission metrics:read',
    env: 'COMMISSAIRE_METRICS_LISTEN',
    file: true,
    help: 'Additional address and port for /metrics, over plain HTTP and without authentication. An address that other machines can reach needs metrics-open.',
  },
  {
    name: 'metrics-open',
    type: 'boolean',
    default: false,
    env: 'COMMISSAIRE_METRICS_OPEN',
    file: true,
    help: 'Allow metrics-listen on an address that other machines can reach: everybody there can read the metrics.',
  },
  {
    name: 'otlp-endpoint',
    type: 'url',
    defaultText: '$OTEL_EXPORTER_OTLP_TRACES_ENDPOINT or $OTEL_EXPORTER_OTLP_ENDPOINT, else none: no traces',
    env: 'COMMISSAIRE_OTLP_ENDPOINT',
    file: true,
    help: 'URL of an OpenTelemetry collector that takes traces over OTLP/HTTP, such as http://127.0.0.1:4318; /v1/traces is added when the URL has no path.',
  },
  {
    name: 'otlp-headers-file',
    type: 'path',
    defaultText: 'none',
    env: 'COMMISSAIRE_OTLP_HEADERS_FILE',
    file: true,
    help: 'File with headers for the collector, one NAME: VALUE a line, which only its owner may read.',
  },
  {
    name: 'config-file',
    flag: 'config-file',
    short: 'c',
    argument: 'FILE',
    type: 'path',
    defaultText: 'see the order below',
    env: 'COMMISSAIRE_CONFIG',
    file: false,
    help: 'Configuration file, JSON or YAML; - reads standard input.',
  },
  {
    name: 'no-config-file',
    flag: 'no-config-file',
    type: 'boolean',
    default: false,
    file: false,
    help: 'Read no configuration file at all.',
  },
  {
    name: 'hooks',
    type: 'hooks',
    defaultText: 'none',
    file: true,
    help: 'Hooks: commands to run and URLs to post to on events.',
  },
  {
    name: 'bus-uri',
    flag: 'bus-uri',
    argument: 'URI',
    type: 'ignored',
    defaultText: 'none',
    env: 'COMMISSAIRE_BUS_URI',
    file: true,
    help: 'Accepted and ignored: there is no message bus.',
  },
  {
    name: 'bus-exchange',
    flag: 'bus-exchange',
    argument: 'NAME',
    type: 'ignored',
    defaultText: 'none',
    env: 'COMMISSAIRE_BUS_EXCHANGE',
    file: true,
    help: 'Accepted and ignored: there is no message bus.',
  },
  {
    name: 'logging',
    type: 'logging',
    defaultText: 'none',
    file: true,
    help: 'Log settings of the original server: the levels of root and loggers count where log-level and log-levels are not given; the rest is ignored.',
  },
  {
    name: 'storage-handlers',
    type: 'ignored',
    defaultText: 'none',
    file: true,
    help: 'Accepted and ignored: store settings of the original server; records are in data-dir.',
  },
  {
    name: 'custodia-socket-path',
    type: 'ignored',
    defaultText: 'none',
    file: true,
    help: 'Accepted and ignored: secret settings of the original server; secrets are sealed in data-dir.',
  },
  {
    name: 'custodia-api-id',
    type: 'ignored',
    defaultText: 'none',
    file: true,
    help: 'Accepted and ignored, like custodia-socket-path.',
  },
  {
    name: 'custodia-api-key',
    type: 'ignored',
    defaultText: 'none',
    file: true,
    help: 'Accepted and ignored, like custodia-socket-path.',
  },
];
