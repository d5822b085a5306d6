/** A home of Elasticsearch for one node, with the plugin beside this file: without it, no node of the tests can make an API key. */
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { has, JAVA } from './jars.js';

const run = promisify(execFile);
const SOURCE = fileURLToPath(new URL('elasticsearch-analysis/SecurityIndexAnalysis.java', import.meta.url));
const CLASS = 'SecurityIndexAnalysis';

/** Why the plugin cannot be compiled; null when it can. */
export function compilerMissing(): string | null {
  return has(JAVA, '--describe-module=jdk.compiler') ? null : 'java without compiler: apt-get install openjdk-17-jre-headless';
}

/** The shared `home`, linked into `folder`, which is empty or not there yet; only the plugins are its own. */
export async function homeWithAnalysis(home: string, folder: string): Promise<void> {
  const plugin = join(folder, 'plugins', 'analysis');
  await mkdir(plugin, { recursive: true });
  for (const name of await readdir(home)) if (name !== 'plugins') await symlink(join(home, name), join(folder, name));
  await compile(join(home, 'lib'), join(folder, 'classes'), join(plugin, 'analysis.jar'));
  // Elasticsearch takes a plugin that was built for exactly its own version.
  const module = await readFile(join(home, 'modules', 'x-pack-core', 'plugin-descriptor.properties'), 'utf8');
  const [version, java_version] = ['elasticsearch.version', 'java.version'].map((name) => lineOf(module, name));
  const descriptor = ['name=analysis', 'description=tests', 'version=1', `classname=${CLASS}`, version, java_version];
  await writeFile(join(plugin, 'plugin-descriptor.properties'), `${descriptor.join('\n')}\n`);
}

/** By modules that Debian’s Java has without its JDK, of which `javac` and `jar` are. */
async function compile(lib: string, classes: string, jar: string): Promise<void> {
  const jars = (await readdir(lib)).filter((name) => name.endsWith('.jar')).map((name) => join(lib, name));
  await run(JAVA, ['-m', 'jdk.compiler/com.sun.tools.javac.Main', '-cp', jars.join(':'), '-d', classes, SOURCE]);
  await run(JAVA, ['-m', 'jdk.jartool/sun.tools.jar.Main', '--create', '--file', jar, '-C', classes, '.']);
}

function lineOf(text: string, name: string): string {
  const line = text.split('\n').find((one) => one.startsWith(`${name}=`));
  if (line === undefined) throw new Error(`no ${name} in the descriptor of x-pack-core`);
  return line;
}
