/** The walls of the house: what may import what. `libs/testing/src/walls.test.ts` proves that each rule bites. */
const pure = '^libs/(contracts|timing)/'
/** Apps as others have them, in which a library shows what it does. */
const examples = '^libs/pooling/examples/'
const tests = '(\\.test\\.ts$|/test-[a-z-]+\\.ts$|^libs/testing/)'

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'apps-never-import-apps',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    { name: 'libs-never-import-apps', severity: 'error', from: { path: '^libs/' }, to: { path: '^(apps|infra)/' } },
    {
      name: 'pure-libs-import-pure-libs-only',
      severity: 'error',
      from: { path: pure, pathNot: tests },
      to: { path: '^libs/', pathNot: pure },
    },
    {
      name: 'pure-libs-do-no-io',
      severity: 'error',
      from: { path: pure, pathNot: tests },
      to: { path: '^(node:)?(fs|net|http|http2|https|tls|dns|child_process|dgram)(/|$)', dependencyTypes: ['core'] },
    },
    {
      name: 'gateway-never-touches-postgresql',
      severity: 'error',
      from: { path: '^apps/gateway/', pathNot: tests },
      to: { path: '^libs/pooling/|node_modules/(postgres|pg)/' },
    },
    {
      name: 'only-the-gateway-knows-express',
      severity: 'error',
      from: { pathNot: ['^apps/(gateway|lab)/', examples, tests] },
      to: { path: 'node_modules/(@types/)?express/' },
    },
    {
      name: 'testing-is-for-tests',
      severity: 'error',
      from: { pathNot: tests },
      to: { path: '^libs/testing/' },
    },
    {
      name: 'servers-are-for-tests-lab-and-local',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['^libs/(servers|testing)/', '^apps/lab/', examples, tests] },
      to: { path: '^libs/servers/' },
    },
    {
      name: 'only-messaging-knows-nats',
      severity: 'error',
      from: { pathNot: ['^libs/(messaging|servers)/', '^apps/lab/', tests] },
      to: { path: 'node_modules/nats/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/' },
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@fastpath/source', 'import', 'types', 'node', 'default'],
    },
  },
}
