/** What the Java servers of the tests are made of: jars from Maven Central, fetched once into a cache. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const HERE = fileURLToPath(new URL('.', import.meta.url));

/** As `jars.sh` has it. */
export const CACHE = process.env.HOLDFAST_TEST_CACHE ?? join(process.env.TMPDIR ?? tmpdir(), 'holdfast-test-servers');
export const JAVA = process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin/java') : 'java';
export const LOG_SETTINGS = `-Dlog4j2.configurationFile=${join(HERE, 'log4j2.properties')}`;

/** Why a Java server with these jars cannot be started; null when it can. */
export function javaMissing(profiles: readonly string[]): string | null {
  if (!has(JAVA, '-version')) return 'java not found: apt-get install openjdk-17-jre-headless maven';
  const cached = profiles.every((profile) => existsSync(join(CACHE, profile, '.complete')));
  return cached || has('mvn', '-v') ? null : 'mvn not found: apt-get install maven';
}

/** Folder with the jars of a profile of `pom.xml`. */
export async function jarsOf(profile: string): Promise<string> {
  const { stdout } = await run('bash', [join(HERE, 'jars.sh'), profile]);
  return stdout.trim();
}

export function has(program: string, argument: string): boolean {
  try {
    execFileSync(program, [argument], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
