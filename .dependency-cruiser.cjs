// The layer diagram of docs/architecture.md as rules. One arrow direction; nothing imports benchmarks.
const leaf = ['breaker', 'balancer', 'cache', 'router', 'http']

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle means that two files are one.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'Under pnpm an undeclared import cannot be resolved: declare it in the package that uses it.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    ...leaf.map((name) => ({
      name: `${name}-stands-alone`,
      comment: 'Users import the libraries one by one: no sibling comes along.',
      severity: 'error',
      from: { path: `^packages/${name}/src` },
      to: { path: '^packages/', pathNot: `^packages/${name}/` },
    })),
    {
      name: 'few-dependencies',
      comment: 'breaker and balancer: eventemitter3 only; cache and router: nothing at all.',
      severity: 'error',
      from: { path: '^packages/(breaker|balancer|cache|router)/src' },
      to: { path: 'node_modules', pathNot: 'node_modules/eventemitter3/' },
    },
    {
      name: 'no-io-in-libraries',
      comment: 'These run in browsers and workers too: no node: module.',
      severity: 'error',
      from: { path: '^packages/(breaker|balancer|cache|router)/src' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'engine-below-policy',
      comment: 'Only the http package talks to undici: the gateway sees targets.',
      severity: 'error',
      from: { path: '^packages/gateway/src' },
      to: { path: 'node_modules/undici/' },
    },
    {
      name: 'http-wire-is-pure',
      comment: 'wire/ is functions over bytes and fields: it knows no socket, no pool, no engine.',
      severity: 'error',
      from: { path: '^packages/http/src/wire/' },
      to: { path: '^packages/http/src/(connection|upstream|engines|server|context)' },
    },
    {
      name: 'http-engines-on-top',
      comment:
        'engines ──► connection, upstream, listening ──► tls, wire; the client side and the upstream side do not know each other.',
      severity: 'error',
      from: { path: '^packages/http/src/(connection|upstream|listening|tls)/' },
      to: { path: '^packages/http/src/(connection|upstream|engines|server)', pathNot: '^packages/http/src/$1/' },
    },
    {
      name: 'public-surface-only',
      comment: 'A sibling is used through its index.',
      severity: 'error',
      from: { path: '^(packages/([^/]+)/src|benchmarks)' },
      to: {
        path: '^packages/[^/]+/src/.+',
        // The package itself, and its sub-path exports.
        pathNot: ['^packages/$2/src/', '^packages/[^/]+/src/index\\.ts$', '^packages/[^/]+/src/[^/]+/index\\.ts$'],
      },
    },
    {
      name: 'nothing-imports-benchmarks',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^benchmarks/' },
    },
    {
      name: 'sources-without-tests',
      severity: 'error',
      from: { path: '^packages/[^/]+/src' },
      to: { path: '/test/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|coverage|\\.examples|fixtures)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@breakwater/source', 'import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.mts', '.mjs', '.cjs', '.js', '.json'],
    },
  },
}
