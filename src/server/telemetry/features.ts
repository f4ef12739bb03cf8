import type { ServerConfiguration } from '../../config/configuration.ts';

/** What is switched on, sorted, for `GET /api/v0/server`. */
export function featuresOf(configuration: ServerConfiguration): string[] {
  const on: Readonly<Record<string, boolean>> = {
    client_certificates: configuration.tlsPemfile !== undefined && configuration.tlsClientverifyfile !== undefined,
    copy_sources: configuration.copySources.length > 0,
    hooks: configuration.hooks.length > 0,
    master_passphrase: configuration.masterPassphraseFile !== undefined,
    metrics_listener: configuration.metricsListen !== undefined,
    proxy: configuration.proxy !== undefined,
    rate_limit: configuration.rateLimit > 0,
    tls: configuration.tlsPemfile !== undefined,
    traces: configuration.tracing !== undefined,
    unix_socket: configuration.unixSocket !== undefined,
  };
  const plugins = configuration.authenticationPlugins.map(({ name }) => `authentication_${name}`);
  const names = Object.keys(on).filter((name) => on[name] === true);
  return [...new Set([...names, ...plugins])].sort();
}

/** The limits of the configuration, each in its unit: bytes, seconds, days or a number. */
export function limitsOf(configuration: ServerConfiguration): Record<string, number> {
  return {
    audit_entries: configuration.auditLimit,
    audit_retention_days: configuration.auditRetention,
    connections: configuration.maxConnections,
    connections_per_address: configuration.maxConnectionsPerAddress,
    events: configuration.eventLimit,
    event_retention_days: configuration.eventRetention,
    log_bytes: configuration.logLimit,
    operations: configuration.operationLimit,
    operation_retention_days: configuration.operationRetention,
    reboot_timeout_seconds: configuration.rebootTimeout,
    requests_per_second: configuration.rateLimit,
  };
}
