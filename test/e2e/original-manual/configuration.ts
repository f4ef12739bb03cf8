/** A file of the manual, letter by letter, and what `commissaire config check` says of it. */
export interface ConfigurationFile {
  readonly what: string;
  readonly text: string;
  /** Lines on stderr; there is no fault in any of them. */
  readonly notes: readonly string[];
}

const ignored = 'note: accepted and ignored, as all services run inside this server';
const closed = 'note: no authentication-plugins are configured: every request is refused';

/** Chapter 3. */
export const commissaireConf: ConfigurationFile = {
  what: '/etc/commissaire/commissaire.conf',
  text: `{

"listen-interface": "127.0.0.1",
"listen-port": 8000,
"tls-pemfile": "/path/to/server.pem",
"bus-uri": "redis://127.0.0.1:6379/",
"authentication-plugins": [{
"name": "commissaire_http.authentication.httpbasicauth",
"filepath": "conf/users.json"

}],
"self-auths": ["/api/v0/secrets"]

}
`,
  notes: [
    `${ignored}: bus-uri`,
    'note: self-auths: /api/v0/secrets can be called without credentials, but with no permissions',
    'note: no role-bindings and no default-role are configured: every user may do everything, as in the original',
  ],
};

/** All of them. */
export const configurationFiles: readonly ConfigurationFile[] = [
  commissaireConf,
  {
    what: 'StorageService with Custodia (CPD-101)',
    text: `{
"custodia_api_id": "storage_service",
"custodia_api_key": "$API_KEY",
"storage_handlers": [

{

"name": "etcd",
"server_url": "http://127.0.0.1:2379",
"models": ["*"]

}
],
"debug": false

}
`,
    notes: [`${ignored}: storage-handlers, custodia-api-id, custodia-api-key`, closed],
  },
  {
    what: 'StorageService with another source of hosts (CPD-61), which is JSON but for one comma',
    text: `{
"storage_handlers": [{

"name": "commissaire.storage.etcd",
"server_url": "http://127.0.0.1:2379",
"models": ["*"],

}, {
"name": "commissaire.storage.cloudforms",
"server_url": "https://example.org/api/",
"models": ["Host"],
"username": "commissaire_service_account",
"password": "abetteronethanthis",
"version": "2.0.0"

}]
}
`,
    notes: [`${ignored}: storage-handlers`, closed],
  },
];

interface ServerLine {
  readonly line: string;
  readonly because: string;
  readonly says: string;
  readonly instead: string;
}

const flags =
  '--bus-uri redis://127.0.0.1:6379/ --bus-exchange commissaire --tls-pemfile /path/to/server.pem --listen-interface 8000 --authentication-plugin commissaire_http.authentication.httpbasicauth:filepath=conf/users.json --self-auth /api/v0/secrets';

/** The command lines of chapter 3. Each of them is wrong. */
export const serverLines: readonly ServerLine[] = [
  {
    line: `commissaire-server --no-config ${flags}`,
    because: 'a port is given as the interface',
    says: '"8000" is not an IPv4 or IPv6 address or a DNS name',
    instead: `commissaire-server --no-config ${flags.replace('--listen-interface', '--listen-port')}`,
  },
  {
    line: 'commissaire -c conf/myconfig.json',
    because: 'the server is called commissaire-server',
    says: "unknown option '-c'",
    instead: 'commissaire-server -c conf/myconfig.json',
  },
  {
    line: 'commissaire-server --no-config --authentication-plugin commissaire_http.authentication.httbasicauth:filepath=conf/users.json',
    because: 'the plugin is misspelt',
    says: 'there is no authentication plugin "httbasicauth"',
    instead:
      'commissaire-server --no-config --authentication-plugin commissaire_http.authentication.httpbasicauth:filepath=conf/users.json',
  },
];

/** Chapter 6: what `~/.commissaire.json` may be. The first has no password in it, which is then asked for. */
export const clientFiles = {
  withoutPassword: `{
"username": "a",
"endpoint": "http://127.0.0.1:8000"

}
`,
  withPassword: `{
"username": "a",
"password": "a",
"endpoint": "http://127.0.0.1:8000"

}
`,
  withFallbacks: `{
"username": "a",
"endpoint": [

"http://127.0.0.1:8000",
"http://192.168.122.100:8000",
"http://10.1.1.1:8000"]

}
`,
} as const;
