// The software bill of materials: every package that runs with Holdfast, with version, licence and hash, as CycloneDX 1.5.
//
//   npm run sbom                  writes sbom.cdx.json
//   npm run sbom -- FILE          writes FILE
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const [file = 'sbom.cdx.json'] = process.argv.slice(2);
const { status, stdout, stderr } = spawnSync('npm', ['sbom', '--sbom-format', 'cyclonedx'], {
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
});
if (status !== 0) {
  process.stderr.write(`npm sbom failed; run npm ci first, and npm 10 or newer is needed.\n${stderr}`);
  process.exit(1);
}
const bill = JSON.parse(stdout);
// `--omit dev` of npm leaves out what a development package needs as well; the lock knows better.
const running = new Set();
for (const [path, { version, dev, devOptional }] of Object.entries(
  JSON.parse(readFileSync('package-lock.json', 'utf8')).packages,
))
  if (!dev && !devOptional) running.add(`${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`);
bill.components = bill.components.filter(({ name, version }) => running.has(`${name}@${version}`));
const kept = new Set([bill.metadata.component['bom-ref'], ...bill.components.map((component) => component['bom-ref'])]);
bill.dependencies = bill.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => kept.has(other)) }));
// The folder's name otherwise.
bill.metadata.component.name = 'holdfast';
writeFileSync(file, `${JSON.stringify(bill, null, 2)}\n`);
process.stdout.write(`${file}: ${bill.components.length} packages\n`);
