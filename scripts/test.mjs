// What `npm test` runs: Jest over everything that needs no server, and over `*.servers.test.ts` where the servers can be had: MariaDB
// and Chromium from the system's packages; Kafka, Connect, a schema registry, Elasticsearch and Cassandra as jars, with Java and Maven; the
// notebook's packages, with Python.
//
//   npm test                       all that can run here; the last lines name what was left out
//   npm test -- alerts             the suites whose path matches; other options go to Jest
//   npm test -- --no-servers       none that needs a server
//   npm test -- --only-servers     those that need servers, all of them: a missing server is a failure (npm run test:servers)
//   npm test -- --node PATH        under another Node binary
//   HOLDFAST_TEST_SERVERS=required npm test    a missing server is a failure, as in CI
//   HOLDFAST_LONG=1 npm test       the long runs of the property tests
//
// The last line is always `N passed, N failed, N skipped`. Exits with 1 on a failure, and when no test ran.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** More only wait for one another on a small machine, and each holds some hundred MB. */
const JEST_WORKERS = 2;
const SERVER_SUITE = '\\.servers\\.test\\.ts$';
const NO_SERVER_SUITE = '^(?!.*\\.servers\\.test\\.ts$)';
const HOW_TO_RUN =
  'to run them: apt-get install mariadb-server chromium openjdk-17-jre-headless maven python3-venv (Debian, Ubuntu), then HOLDFAST_TEST_SERVERS=required npm test';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { node, noServers, onlyServers, forJest } = options(process.argv.slice(2));
const required = onlyServers || (process.env.HOLDFAST_TEST_SERVERS === 'required' && !noServers);
const leftOut = whyLeftOut();
main();

function main() {
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  if (!existsSync(jest)) finish({ failed: 1 }, ['node_modules is missing: run npm test, or npm ci first']);
  if (required && leftOut !== null) finish({ failed: 1 }, [`HOLDFAST_TEST_SERVERS=required, but ${leftOut}`]);
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const notes = [];
  const skippedThere = [];
  for (const part of partsToRun()) {
    const { status, result } = runJest(jest, part);
    if (result === null) finish({ ...counts, failed: counts.failed + 1 }, [`Jest ended with ${status} and no result`]);
    // A suite that could not even be loaded has no tests to count, and is a failure.
    const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
    counts.passed += result.numPassedTests;
    // Jest may fail for a reason of its own (a worker that died, a threshold): that is a failure as well.
    counts.failed += status !== 0 && failed === 0 ? 1 : failed;
    counts.skipped += result.numPendingTests + result.numTodoTests;
    skippedThere.push(...serverSuitesWithSkips(result));
  }
  if (counts.passed + counts.failed === 0) notes.push('no test ran');
  if (required && skippedThere.length > 0) {
    notes.push(`HOLDFAST_TEST_SERVERS=required, but tests were skipped in ${skippedThere.join(', ')}`);
    counts.failed += skippedThere.length;
  } else if (skippedThere.length > 0) {
    notes.push(
      'left out, since a server is missing (its suite says which):',
      ...skippedThere.map((name) => `  ${name}`),
      HOW_TO_RUN,
    );
  }
  if (leftOut !== null) notes.push(...leftOutNotes());
  finish(counts, notes);
}

function options(args) {
  const forJest = [];
  let node = process.execPath;
  let noServers = false;
  let onlyServers = false;
  for (let i = 0; i < args.length; i++) {
    if (args[i] === '--no-servers') noServers = true;
    else if (args[i] === '--only-servers') onlyServers = true;
    else if (args[i] === '--node' && args[i + 1] !== undefined) node = args[++i];
    else forJest.push(args[i]);
  }
  return { node, noServers, onlyServers, forJest };
}

/** Why suites with servers do not run, or null. */
function whyLeftOut() {
  if (noServers) return '--no-servers was given';
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  const found = folders.some((folder) => existsSync(join(folder, 'mariadbd')) || existsSync(join(folder, 'mariadbd.exe')));
  return found ? null : 'mariadbd is not installed here';
}

function leftOutNotes() {
  const suites = readdirSync(join(root, 'test'), { recursive: true })
    .filter((name) => new RegExp(SERVER_SUITE).test(name))
    .sort();
  if (suites.length === 0) return [];
  return [`left out, since ${leftOut}:`, ...suites.map((name) => `  test/${name}`), HOW_TO_RUN];
}

function serverSuitesWithSkips({ testResults }) {
  // What takes minutes says so in its name, and is run by hand.
  const leftOutHere = ({ status, title }) => status === 'pending' && !title.startsWith('HOLDFAST_LONG=1');
  const skipped = testResults.filter(({ assertionResults }) => assertionResults.some(leftOutHere));
  return skipped.map(({ name }) => name.slice(root.length + 1)).filter((name) => new RegExp(SERVER_SUITE).test(name));
}

/** Suites with servers run one at a time: each has up to five servers, and two at once would only wait for one another. */
function partsToRun() {
  const alone = { ignored: SERVER_SUITE, workers: JEST_WORKERS };
  const withServers = { ignored: NO_SERVER_SUITE, workers: 1 };
  if (leftOut !== null) return [alone];
  return onlyServers ? [withServers] : [alone, withServers];
}

function runJest(jest, { ignored, workers }) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
  try {
    const outputFile = join(folder, 'result.json');
    const args = [
      // Jest loads ES modules by an interface of Node that warns on each use.
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      jest,
      ...forJest,
      '--passWithNoTests',
      `--maxWorkers=${workers}`,
      // A client that still waits for a server which is gone must not hold up those who wait for the result.
      '--forceExit',
      '--json',
      `--outputFile=${outputFile}`,
      '--testPathIgnorePatterns=/node_modules/',
      `--testPathIgnorePatterns=${ignored}`,
    ];
    const env = { ...process.env };
    if (noServers) delete env.HOLDFAST_TEST_SERVERS;
    if (required) env.HOLDFAST_TEST_SERVERS = 'required';
    const { status, error } = spawnSync(node, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
    if (error) process.stderr.write(`${node} cannot be started: ${error.message}\n`);
    const result = existsSync(outputFile) ? JSON.parse(readFileSync(outputFile, 'utf8')) : null;
    return { status: status ?? 1, result };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function finish({ passed = 0, failed = 0, skipped = 0 }, notes) {
  for (const note of notes) process.stdout.write(`${note}\n`);
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  process.exit(failed > 0 || passed === 0 ? 1 : 0);
}
