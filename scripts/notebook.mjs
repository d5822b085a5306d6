// Runs notebooks/clickstream.ipynb without a browser, on an export of the click tables:
//
//   node scripts/notebook.mjs EXPORT OUTPUT    EXPORT: folder with <table>.csv or .parquet; OUTPUT: the notebook with its results, and its figures
//   node scripts/notebook.mjs --cassandra …    with the driver of Cassandra, for the second part (CASSANDRA_HOST)
//
// Python's packages go into an environment of their own, once, under HOLDFAST_TEST_CACHE (else holdfast-test-servers in the temporary
// folder). Needs Python 3.11 or newer with its venv; HOLDFAST_TEST_PYTHON names another one than python3.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A cell draws a plot in a second; one that reads a whole table of Cassandra takes longer. */
const CELL_S_MAX = 300;

/**
 * Its kernel listens on this machine only, to whoever has its key: its warning about that is left out. A cell's own error is all that
 * helps, so it is printed without the client's.
 */
const EXECUTE = `
import re
import sys
from os.path import dirname

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

source, target, cell_s_max = sys.argv[1:]
notebook = nbformat.read(source, as_version=4)
client = NotebookClient(
    notebook,
    kernel_name='python3',
    timeout=int(cell_s_max),
    resources={'metadata': {'path': dirname(source)}},
    extra_arguments=['--IPKernelApp.log_level=40'],
)
try:
    client.execute()
except CellExecutionError as error:
    sys.exit(re.sub(r'\\x1b\\[[0-9;]*m', '', str(error)))
nbformat.write(notebook, target)
`;

/** What whoever runs it has to mend. Thrown, so that temporary folders are removed on the way. */
class Failure extends Error {}

const notebooks = join(dirname(dirname(fileURLToPath(import.meta.url))), 'notebooks');
const cache = process.env.HOLDFAST_TEST_CACHE ?? join(process.env.TMPDIR ?? tmpdir(), 'holdfast-test-servers');
const basePython = process.env.HOLDFAST_TEST_PYTHON ?? 'python3';

const args = process.argv.slice(2);
const withCassandra = args[0] === '--cassandra';
const [exported, output] = withCassandra ? args.slice(1) : args;
if (output === undefined) fail('node scripts/notebook.mjs [--cassandra] EXPORT OUTPUT', 2);
if (!existsSync(exported)) fail(`${exported} is not there: export the tables into it first, see notebooks/README.md`);
try {
  const python = join(environment(), 'bin', 'python');
  mkdirSync(output, { recursive: true });
  const result = execute(python);
  const figures = saveFigures(result);
  say(`${figures} figures, and the notebook with its results: ${result}`);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  fail(error.message);
}

/** The folder of the environment. Its name tells what is in it; it takes its name when it is whole, so a killed install leaves none. */
function environment() {
  const version = pythonVersion();
  const lists = ['requirements.txt', ...(withCassandra ? ['requirements-cassandra.txt'] : [])].map((name) =>
    join(notebooks, name),
  );
  const hash = createHash('sha256').update(version);
  for (const list of lists) hash.update(readFileSync(list));
  const folder = join(cache, `notebook-${hash.digest('hex').slice(0, 12)}`);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  say('installing the packages of notebooks/requirements.txt, once: about 500 MB');
  const made = mkdtempSync(`${folder}-`);
  try {
    run(basePython, ['-m', 'venv', made], `${basePython} has no venv: apt-get install python3-venv`);
    const install = [
      '-m',
      'pip',
      'install',
      '-q',
      '--no-compile',
      '--disable-pip-version-check',
      ...lists.flatMap((list) => ['-r', list]),
    ];
    run(join(made, 'bin', 'python'), install, 'pip could not install them: it needs a package index, once');
    // Another run may have been faster: its environment is as good.
    if (!existsSync(folder)) renameSync(made, folder);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  return folder;
}

function pythonVersion() {
  const { status, stdout } = spawnSync(
    basePython,
    ['-c', 'import sys; print(sys.version, sys.executable); sys.exit(sys.version_info < (3, 11))'],
    {
      encoding: 'utf8',
    },
  );
  if (status === null) fail(`${basePython} cannot be started: install Python 3.11 or newer`);
  if (status !== 0)
    fail(`the notebook needs Python 3.11 or newer, and this is ${stdout.split(' ')[0]}: HOLDFAST_TEST_PYTHON names another`);
  return stdout;
}

/** A failed cell ends it, with what it said. Settings and caches of whoever runs it are left alone. */
function execute(python) {
  const own = mkdtempSync(join(tmpdir(), 'holdfast-notebook-'));
  const target = resolve(output, 'clickstream.ipynb');
  rmSync(target, { force: true });
  try {
    run(
      python,
      ['-c', EXECUTE, join(notebooks, 'clickstream.ipynb'), target, String(CELL_S_MAX)],
      'a cell of the notebook failed: see above',
      {
        CLICK_EXPORT: resolve(exported),
        IPYTHONDIR: own,
        JUPYTER_CONFIG_DIR: own,
        JUPYTER_DATA_DIR: own,
        JUPYTER_RUNTIME_DIR: own,
        MPLCONFIGDIR: own,
      },
    );
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
  return target;
}

/** Each picture as a file of its own, named after its cell. Those of an earlier run go. */
function saveFigures(path) {
  const { cells } = JSON.parse(readFileSync(path, 'utf8'));
  const ids = cells.map(({ id }) => id);
  for (const name of readdirSync(output)) {
    if (ids.includes(/^\d\d-(.+)\.png$/.exec(name)?.[1])) rmSync(join(output, name));
  }
  const pictures = cells.flatMap(({ id, outputs = [] }) =>
    outputs.flatMap(({ data }) => (data?.['image/png'] === undefined ? [] : [{ id, png: [data['image/png']].flat().join('') }])),
  );
  for (const [i, { id, png }] of pictures.entries())
    writeFileSync(join(output, `${String(i + 1).padStart(2, '0')}-${id}.png`), Buffer.from(png, 'base64'));
  return pictures.length;
}

function run(command, args, wrong, env = {}) {
  // Standard output is for data.
  const { status } = spawnSync(command, args, { stdio: ['ignore', 2, 2], env: { ...process.env, ...env } });
  if (status !== 0) throw new Failure(wrong);
}

function fail(why, code = 1) {
  say(why);
  process.exit(code);
}

function say(line) {
  process.stderr.write(`notebook: ${line}\n`);
}
