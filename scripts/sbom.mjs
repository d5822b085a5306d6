// The software bill of materials: every package that runs with Holdfast, with version, licence and hash, as CycloneDX 1.5.
//
//   npm run sbom                  writes sbom.cdx.json
//   npm run sbom -- FILE          writes FILE
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const [file = 'sbom.cdx.json'] = process.argv.slice(2);
const { status, stdout, stderr } = spawnSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev'], {
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
});
if (status !== 0) {
  process.stderr.write(`npm sbom failed; run npm ci first, and npm 10 or newer is needed.\n${stderr}`);
  process.exit(1);
}
const bill = JSON.parse(stdout);
// The folder's name otherwise.
bill.metadata.component.name = 'holdfast';
writeFileSync(file, `${JSON.stringify(bill, null, 2)}\n`);
process.stdout.write(`${file}: ${bill.components.length} packages\n`);
