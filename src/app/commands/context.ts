/** What all commands share: configuration from the environment and the common options, errors for people, exit codes. */
import type { Command } from 'commander';
import { type Config, type Env, environment, readConfig, readSetting, withSettings } from '../../config.js';
import type { SettingName } from '../../settings.js';

/** The command line or the configuration is wrong: exit 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface CommonOptions {
  store?: string;
  json?: boolean;
  quiet?: boolean;
}

export function withCommonOptions(command: Command): Command {
  return command
    .option('--store <store>', 'sqlite:PATH, mysql://… or memory: (else HOLDFAST_STORE, else sqlite:./data/holdfast.db)')
    .option('--json', 'results as JSON on standard output')
    .option('--quiet', 'say nothing but results and errors');
}

/** The configuration, with what the command line sets on top. All faults at once. */
export function configOf(
  options: CommonOptions,
  given: Partial<Record<SettingName, string>> = {},
  env: Env = environment(),
): Config {
  const result = readConfig(withSettings(env, { HOLDFAST_STORE: options.store, ...given }));
  if (result.ok) return result.config;
  throw new UsageError(
    `The configuration has ${result.faults.length === 1 ? 'a fault' : `${result.faults.length} faults`}:\n${result.faults.map((f) => `  ${f}`).join('\n')}`,
  );
}

/** What to send to a service that asks who is there; null = nothing. */
export function keyOf(env: Env = environment()): string | null {
  return settingOf('HOLDFAST_KEY', env) as string | null;
}

/** One setting alone, whatever the others say. */
export function settingOf(name: SettingName, env: Env): unknown {
  const { value, faults } = readSetting(name, env);
  if (faults.length > 0) throw new UsageError(`The configuration has a fault:\n  ${faults[0]}`);
  return value;
}

/** For people, on standard error; nothing with --quiet. */
export function say(options: CommonOptions, text: string): void {
  if (!options.quiet) process.stderr.write(`${text}\n`);
}

/** Results, on standard output; waits for a slow reader. */
export async function print(text: string | Uint8Array): Promise<void> {
  if (process.stdout.write(text)) return;
  await new Promise((resolve) => process.stdout.once('drain', resolve));
}

/** `2026-11-22T03:00:00Z` or with an offset; a time without a zone is refused, since two people would read it differently. */
export function parseTime(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms))
    throw new UsageError(`"${text}" is no time with a zone: write it like 2026-11-22T03:00:00Z or 2026-11-22T04:00:00+01:00`);
  return ms;
}

export function parseInteger(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw new UsageError(`"${text}" is no whole number`);
  return Number(text);
}

export function when(ms: number | null): string {
  return ms === null ? '–' : new Date(ms).toISOString().replace('.000Z', 'Z');
}
