import { expect, test } from 'vitest';
import { loadServerConfiguration } from '../../src/config/load.ts';
import { commissaireConf } from '../e2e/original-manual/configuration.ts';

/** Files as the original's manual, its packages and contract.md have them, byte for byte what a site would bring. */
interface Original {
  what: string;
  text: string;
  /** What is accepted and ignored, in the order of the manual. */
  ignored: string;
  expected: object;
}

const basic = { authenticationPlugins: [expect.objectContaining({ name: 'httpbasicauth' })] };

const originals: Original[] = [
  {
    what: "the manual's commissaire.conf",
    text: commissaireConf.text,
    ignored: 'bus-uri',
    expected: {
      listenInterface: '127.0.0.1',
      listenPort: 8000,
      tlsPemfile: '/path/to/server.pem',
      selfAuths: ['/api/v0/secrets'],
      ...basic,
    },
  },
  {
    what: 'users inside the file, a log configuration, an exchange',
    text: JSON.stringify({
      'bus-exchange': 'commissaire',
      'bus-uri': 'redis://127.0.0.1:6379/',
      debug: true,
      logging: {
        version: 1,
        disable_existing_loggers: false,
        formatters: { default: { format: '%(name)s(%(levelname)s): %(message)s' } },
        handlers: { console: { class: 'logging.StreamHandler', formatter: 'default' } },
        root: { level: 'DEBUG', handlers: ['console'] },
      },
      'authentication-plugins': [{ name: 'httpbasicauth', users: { a: { hash: '$2a$12$x' } } }],
    }),
    ignored: 'bus-uri, bus-exchange',
    expected: { logLevel: 'debug', ...basic },
  },
  {
    what: 'underscores instead of hyphens',
    text: '{"listen_port": 8000, "bus_uri": "redis://127.0.0.1/", "authentication_plugins": [{"name": "httpbasicauth"}]}',
    ignored: 'bus-uri',
    expected: { listenPort: 8000, ...basic },
  },
  {
    what: 'the storage service, one handler',
    text: '{"bus_uri": "redis://127.0.0.1/", "storage_handlers": {"type": "etcd", "server_url": "http://127.0.0.1:2379"}}',
    ignored: 'bus-uri, storage-handlers',
    expected: {},
  },
  {
    what: 'the storage service, everything it takes',
    text: JSON.stringify({
      bus_uri: 'redis://127.0.0.1/',
      bus_exchange: 'commissaire',
      custodia_socket_path: '/var/run/custodia/custodia.sock',
      custodia_api_id: 'x',
      custodia_api_key: 'y',
      storage_handlers: [
        {
          name: 'etcd',
          type: 'commissaire.storage.etcd',
          server_url: 'https://127.0.0.1:2379',
          certificate_path: '/etc/commissaire/etcd.pem',
          certificate_key_path: '/etc/commissaire/etcd.key',
          certificate_ca_path: '/etc/commissaire/ca.pem',
          models: ['*'],
        },
      ],
    }),
    ignored: 'bus-uri, bus-exchange, storage-handlers, custodia-socket-path, custodia-api-id, custodia-api-key',
    expected: {},
  },
  ...['investigator', 'clusterexec', 'watcher', 'containermgr'].map((service) => ({
    what: `the ${service} service`,
    text: '{\n    "bus_uri": "redis://127.0.0.1:6379/",\n    "bus_exchange": "commissaire",\n    "logging": {"version": 1},\n    "debug": false\n}\n',
    ignored: 'bus-uri, bus-exchange',
    expected: { logLevel: 'info' },
  })),
];

test.each(originals)('$what loads unchanged, with one line about what is ignored', ({ text, ignored, expected }) => {
  const loaded = loadServerConfiguration({
    flags: { 'config-file': '-' },
    environment: {},
    readStandardInput: () => text,
  });
  expect(loaded).toMatchObject(expected);
  expect(loaded.notes.filter((note) => note.includes('ignored'))).toEqual([
    `accepted and ignored, as all services run inside this server: ${ignored}`,
  ]);
});
