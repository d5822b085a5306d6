/** Recorded changes in memory as a source: decoded once, handed out in batches as often as a test starts again. */
import type { Change } from '../../src/domain.js';
import { DebeziumDecoder } from '../../src/moodle/debezium.js';
import { type ChangeBatch, ChangeSource } from '../../src/ports.js';

export function decoded(lines: readonly string[]): Change[] {
  const decoder = new DebeziumDecoder({ prefix: 'mdl_' });
  return lines.flatMap((line, i) => {
    const read = decoder.decode(line, `line ${i + 1}`);
    return read.kind === 'change' ? [read.change] : [];
  });
}

/** Its position is how many changes are done. */
export class ListSource extends ChangeSource {
  readonly live = false;

  constructor(
    readonly name: string,
    private readonly changes: readonly Change[],
    private readonly batch_size: number,
  ) {
    super();
  }

  async identity(): Promise<string> {
    return `list:${this.name}`;
  }

  async *batches(from: string | null, signal: AbortSignal): AsyncGenerator<ChangeBatch> {
    const source = await this.identity();
    for (let i = Number(from ?? 0); i < this.changes.length && !signal.aborted; i += this.batch_size) {
      const changes = this.changes.slice(i, i + this.batch_size);
      yield {
        source,
        changes,
        rejected: [],
        ignored: {},
        position: String(i + changes.length),
        snapshot: false,
        caught_up: false,
      };
    }
  }
}
