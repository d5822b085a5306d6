// The import law (ARCHITECTURE.md): anything not listed here is refused. `test/import-law.test.ts` runs it.
const own = '^src/';
const stages = [
  'moodle',
  'windows',
  'features',
  'scoring',
  'alerts',
  'clickstream',
  'indexing',
  'training',
  'imports',
  'notices',
  'trials',
];
const only = (name, from, ...allowed) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: own, pathNot: allowed },
});
const domain = '^src/domain\\.ts$';
const ports = '^src/ports\\.ts$';
const clickPorts = '^src/click-ports\\.ts$';
const modelPorts = '^src/model-ports\\.ts$';
const viewPorts = '^src/view-ports\\.ts$';
const noticePorts = '^src/notice-ports\\.ts$';
const personPorts = '^src/person-(ports|tables)\\.ts$';
const personTables = '^src/person-tables\\.ts$';
const windows = '^src/windows/';

module.exports = {
  forbidden: [
    only('domain imports nothing', domain),
    only('config knows the settings', '^src/config\\.ts$', '^src/setting-texts\\.ts$', '^src/settings\\.ts$', personTables),
    only('settings know how texts are read', '^src/settings\\.ts$', '^src/setting-texts\\.ts$', personTables),
    only('how texts are read imports nothing', '^src/setting-texts\\.ts$'),
    only('ports know the domain', ports, domain, modelPorts, viewPorts, personPorts),
    only('person-ports know the domain', '^src/person-ports\\.ts$', domain, personTables),
    only('person-tables import nothing', personTables),
    only('view-ports import nothing', viewPorts),
    only('model-ports know the domain', modelPorts, domain),
    only('click-ports know the domain', clickPorts, domain),
    only('moodle', '^src/moodle/', '^src/moodle/', domain, windows),
    only('windows', windows, windows, domain),
    only('features', '^src/features/', '^src/features/', domain, windows),
    only('scoring', '^src/scoring/', '^src/scoring/', '^src/features/', domain, ports, windows),
    only('alerts', '^src/alerts/', '^src/alerts/', domain, windows),
    only('clickstream', '^src/clickstream/', '^src/clickstream/', domain, clickPorts, windows),
    only('notice-ports import nothing', noticePorts),
    only('trials', '^src/trials/', '^src/trials/'),
    only('notices', '^src/notices/', '^src/notices/'),
    only('imports', '^src/imports/', '^src/imports/', domain),
    only('indexing', '^src/indexing/', '^src/indexing/', domain, windows),
    only('training', '^src/training/', '^src/training/', '^src/features/', '^src/scoring/', domain, ports, windows),
    only(
      'pipeline and reading are where stages meet',
      '^src/(pipeline|reading)/',
      domain,
      ports,
      clickPorts,
      '^src/(pipeline|reading)/',
      '^src/access/',
      ...stages.filter((s) => s !== 'training').map((s) => `^src/${s}/`),
    ),
    {
      name: 'an adapter knows domain, ports and itself',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)/' },
      to: { path: own, pathNot: [domain, ports, clickPorts, noticePorts, '^src/adapters/$1/'] },
    },
    only('access', '^src/access/', '^src/access/', domain),
    only('http', '^src/http/', '^src/http/', '^src/access/', domain, ports, '^src/(pipeline|reading)/'),
    {
      name: 'nest only at the edge',
      severity: 'error',
      from: { path: own, pathNot: '^src/(http/|app/|main\\.ts$|cli\\.ts$)' },
      to: { path: '(^|/)node_modules/@nestjs/' },
    },
    { name: 'no cycles', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js'],
    },
  },
};
