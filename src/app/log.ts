/**
 * The log: one line a record, on stderr. JSON with Elastic's field names for machines, plain text when a person looks on.
 * Everything passes `redact.ts` on its way.
 */
import { format } from 'node:util';
import { ecsFormat } from '@elastic/ecs-pino-format';
import { destination, type Logger, pino } from 'pino';
import type { Config } from '../config.js';
import { redacted, scrubbed } from './redact.js';
import { VERSION } from './version.js';

export type Log = Logger;

export interface LogTarget {
  /** True = text for people, false = JSON. */
  terminal: boolean;
  write(line: string): void;
}

export function logger(level: Config['log_level'], target: LogTarget = standardError()): Logger {
  const ecs = ecsFormat({ apmIntegration: false, serviceName: 'holdfast', serviceVersion: VERSION });
  const { bindings, log: fieldsOf } = ecs.formatters ?? {};
  const options = {
    ...ecs,
    level,
    formatters: {
      ...ecs.formatters,
      bindings: (fields: Record<string, unknown>) => redacted(bindings?.(fields) ?? fields) as Record<string, unknown>,
      log: (fields: object) => redacted(fieldsOf?.(fields as Record<string, unknown>) ?? fields) as Record<string, unknown>,
    },
    hooks: { logMethod: withSafeMessage },
  };
  const log: Logger = pino(options, { write: (line) => target.write(target.terminal ? forPeople(line) : line) });
  // pino writes the fields of a child down as they are, once, when the child is made. Children of children come here too.
  const { child } = log;
  log.child = function (this: Logger, fields: object, ...rest: unknown[]) {
    return Reflect.apply(child, this, [redacted(fields), ...rest]);
  } as Logger['child'];
  return log;
}

/** Written at once, so that the last words before an exit are not lost. */
function standardError(): LogTarget {
  const stream = destination({ fd: 2, sync: true });
  return { terminal: process.stderr.isTTY === true, write: (line) => void stream.write(line) };
}

/** Puts the message together first, since the parts that are filled in may be the private ones. */
function withSafeMessage(this: Logger, args: unknown[], method: (...args: unknown[]) => void): void {
  if (typeof args[0] === 'string') {
    method.call(this, scrubbed(format(...args)));
    return;
  }
  const [fields, ...rest] = args;
  // Without a message pino takes that of the error as it is.
  const message = rest.length > 0 ? format(...rest) : fields instanceof Error ? fields.message : undefined;
  method.call(this, fields, ...(message === undefined ? [] : [scrubbed(message)]));
}

/** Fields that a person at a terminal knows, or that are told elsewhere in the line. */
const TOLD = ['@timestamp', 'log.level', 'message', 'ecs.version', 'process.pid', 'host.hostname', 'event.dataset', 'error'];

/** `03:00:07 warn  the source is 90 s behind  source.lag_s=90`, and the stack of an error on the lines after it. */
function forPeople(line: string): string {
  const record = JSON.parse(line) as Record<string, unknown>;
  const time = String(record['@timestamp']).slice(11, 19);
  const fields = Object.entries(record).filter(
    ([name]) => !TOLD.includes(name) && !name.startsWith('service.') && !name.startsWith('error.'),
  );
  const told = fields.map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const error = record.error as { message?: string; stack_trace?: string } | undefined;
  const stack = error?.stack_trace ?? record['error.stack_trace'];
  const text = inLine([`${time} ${String(record['log.level']).padEnd(5)}`, record.message, ...told].filter(Boolean).join('  '));
  if (stack === undefined) return `${text}\n`;
  const lines = String(stack).split('\n').map((each) => `    ${inLine(each)}`); // biome-ignore format: one line
  return `${text}\n${lines.join('\n')}\n`;
}

/** A text from elsewhere makes no line of its own, moves no cursor and turns no direction round: `a\nb` → `a b`. */
function inLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ');
}
