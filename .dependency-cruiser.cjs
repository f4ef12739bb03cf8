// The rooms of ARCHITECTURE.md, top to bottom. A room may import from itself and from what stands below it.
const rooms = [
  ['main', '^src/main\\.ts$'],
  ['cli', '^src/cli/'],
  ['client', '^src/client/'],
  ['server', '^src/server/'],
  ['api', '^src/api/'],
  ['auth', '^src/auth/'],
  ['audit', '^src/audit/'],
  ['hooks', '^src/hooks/'],
  ['events', '^src/events/'],
  ['upkeep', '^src/upkeep/'],
  ['original', '^src/original/'],
  ['operations', '^src/operations/'],
  ['inventory', '^src/inventory/'],
  ['machine', '^src/machine/'],
  ['container-managers', '^src/container-managers/'],
  ['ssh', '^src/ssh/'],
  ['store', '^src/store/'],
  ['telemetry', '^src/telemetry/'],
  ['config', '^src/config/'],
  ['lib', '^src/lib/'],
];

const upward = rooms.slice(1).map(([name, path], index) => ({
  name: `${name}-imports-only-down`,
  severity: 'error',
  from: { path },
  to: { path: rooms.slice(0, index + 1).map(([, above]) => above) },
}));

module.exports = {
  forbidden: [
    ...upward,
    {
      name: 'no-cycles',
      comment: 'not of types either',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'auth-knows-no-work',
      severity: 'error',
      from: { path: '^src/auth/' },
      to: { path: '^src/(audit|hooks|events|upkeep|original|operations|inventory|machine|container-managers|ssh)/' },
    },
    {
      name: 'cli-reaches-the-product-through-the-client',
      comment: 'only the administration verbs call the server, and only explain loads the schemas of the API',
      severity: 'error',
      from: { path: '^src/cli/', pathNot: '^src/cli/(administration|explain)/' },
      to: {
        path: '^src/(server|api|auth|audit|hooks|events|upkeep|original|machine|container-managers|ssh|store|telemetry)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'client-takes-only-types',
      severity: 'error',
      from: { path: '^src/client/' },
      to: {
        path: '^src/(server|api|auth|audit|hooks|events|upkeep|original|operations|inventory|machine|container-managers|ssh|store|telemetry|config)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'http-only-in-api-and-server',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(api|server)/' },
      to: { path: 'node_modules/elysia' },
    },
    {
      name: 'ssh2-only-in-ssh',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/ssh/' },
      to: { path: 'node_modules/(ssh2|@types/ssh2)/' },
    },
    {
      name: 'lmdb-only-in-store',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/store/' },
      to: { path: 'node_modules/lmdb/' },
    },
    {
      name: 'prom-client-only-in-telemetry',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/telemetry/' },
      to: { path: 'node_modules/prom-client/' },
    },
    {
      name: 'product-code-never-imports-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^test/' },
    },
  ],
  options: {
    parser: 'swc',
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.tools)/' },
  },
};
