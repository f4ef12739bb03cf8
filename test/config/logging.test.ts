import { expect, test } from 'vitest';
import { loadServerConfiguration } from '../../src/config/load.ts';

interface Sources {
  file?: object;
  flags?: Record<string, string | boolean>;
  environment?: Record<string, string>;
}

function load({ file = {}, flags = {}, environment = {} }: Sources) {
  const readStandardInput = () => JSON.stringify(file);
  return loadServerConfiguration({ flags: { ...flags, 'config-file': '-' }, environment, readStandardInput });
}

test.each<[string, Sources, object]>([
  ['a flag', { flags: { 'log-levels': 'ssh=debug,store=warn' } }, { ssh: 'debug', store: 'warn' }],
  [
    'the environment',
    { environment: { COMMISSAIRE_LOG_LEVELS: 'ssh=DEBUG hooks=error' } },
    { ssh: 'debug', hooks: 'error' },
  ],
  ['the file', { file: { 'log-levels': { container_managers: 'trace' } } }, { 'container-managers': 'trace' }],
])('levels of modules by %s', (_name, sources, moduleLevels) => {
  expect(load(sources)).toMatchObject({ logLevel: 'info', moduleLevels });
});

test.each([
  ['shh=debug', '"shh" is no module of the log; did you mean "ssh"?'],
  ['ssh', '"ssh" is not MODULE=LEVEL'],
  ['ssh=loud', '"loud" is not one of the choices'],
])('%s is refused', (text, message) => {
  expect(() => load({ flags: { 'log-levels': text } })).toThrow(message.split(';')[0]);
});

const loggers = {
  commissaire: { level: 'WARNING' },
  'commissaire.storage.etcd': { level: 'DEBUG' },
  commissaire_http: { level: 10 },
  'commissaire_service.investigator': { level: 'NOTSET' },
  kombu: { level: 'ERROR' },
  elsewhere: { level: 'INFO' },
};

test('the levels of the logging member of the original count', () => {
  const { logLevel, moduleLevels, notes } = load({
    file: { logging: { version: 1, root: { level: 'INFO' }, loggers } },
  });
  expect(logLevel).toBe('warn');
  expect(moduleLevels).toEqual({ store: 'debug', api: 'debug', events: 'error' });
  expect(notes).toContain('logging: nothing here corresponds to the loggers elsewhere; see log-levels');
});

test.each<[string, Sources, string]>([
  ['log-level in the file', { file: { 'log-level': 'error', logging: { root: { level: 'DEBUG' } } } }, 'error'],
  ['a flag', { file: { logging: { root: { level: 'DEBUG' } } }, flags: { 'log-level': 'fatal' } }, 'fatal'],
  ['debug', { file: { debug: true, logging: { root: { level: 'ERROR' } } } }, 'debug'],
])('%s precedes it', (_name, sources, level) => {
  expect(load(sources).logLevel).toBe(level);
});

test.each([
  [null],
  ['text'],
  [[1]],
  [{ root: 'DEBUG', loggers: [] }],
  [{ root: { level: 'LOUD' }, loggers: { a: 1 } }],
])('a logging member without usable levels changes nothing: %j', (logging) => {
  expect(load({ file: { logging } })).toMatchObject({ logLevel: 'info', moduleLevels: {} });
});

test.each<[string, Sources, object | undefined]>([
  ['nothing', {}, undefined],
  ['an address', { file: { 'metrics-listen': '127.0.0.1:9464' } }, { address: '127.0.0.1', port: 9464 }],
  ['IPv6', { file: { 'metrics-listen': '[::1]:9464' } }, { address: '::1', port: 9464 }],
  ['open', { file: { 'metrics-listen': '0.0.0.0:1', 'metrics-open': true } }, { address: '0.0.0.0', port: 1 }],
])('metrics-listen: %s', (_name, sources, metricsListen) => {
  expect(load(sources).metricsListen).toEqual(metricsListen);
});

test.each([
  ['9464', 'is not an address and a port'],
  ['127.0.0.1:99999', 'is not an address and a port'],
  ['0.0.0.0:9464', 'could be read by every machine that reaches it'],
])('metrics-listen %s is refused', (text, message) => {
  expect(() => load({ file: { 'metrics-listen': text } })).toThrow(message);
});

const endpoint = 'http://127.0.0.1:4318';
test.each<[string, Sources, object | undefined]>([
  ['off', {}, undefined],
  [
    'the option',
    { file: { 'otlp-endpoint': endpoint } },
    { url: `${endpoint}/v1/traces`, ratio: 1, timeoutMs: 10_000 },
  ],
  ['an option with a path', { file: { 'otlp-endpoint': `${endpoint}/x` } }, { url: `${endpoint}/x` }],
  [
    'the variables of the standard',
    {
      environment: {
        OTEL_EXPORTER_OTLP_ENDPOINT: `${endpoint}/base/`,
        OTEL_EXPORTER_OTLP_HEADERS: 'a=1, b=x%20y',
        OTEL_EXPORTER_OTLP_TIMEOUT: '2500',
        OTEL_SERVICE_NAME: 'jump',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=prod',
        OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
        OTEL_TRACES_SAMPLER_ARG: '0.25',
      },
    },
    {
      url: `${endpoint}/base/v1/traces`,
      headers: { a: '1', b: 'x y' },
      timeoutMs: 2500,
      resource: { 'service.name': 'jump', 'deployment.environment': 'prod' },
      ratio: 0.25,
    },
  ],
  [
    'the variable for traces, as it is',
    { environment: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${endpoint}/t`, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } },
    { url: `${endpoint}/t` },
  ],
  ['disabled', { environment: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SDK_DISABLED: 'true' } }, undefined],
  ['no exporter', { environment: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_EXPORTER: 'none' } }, undefined],
])('tracing: %s', (_name, sources, tracing) => {
  const { tracing: loaded } = load(sources);
  if (tracing === undefined) expect(loaded).toBeUndefined();
  else expect(loaded).toMatchObject(tracing);
});

test.each(['ftp://x', 'collector:4318', 'http://user:marked-7f3a@x'])('the collector %s is refused, unshown', (url) => {
  expect(() => load({ file: { 'otlp-endpoint': url } })).toThrow('the URL of the collector cannot be used');
});
