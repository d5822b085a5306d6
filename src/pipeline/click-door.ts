/**
 * The door for what nobody can be asked for again: records come in parcels (a request, some datagrams), are read one by one, and who sent
 * them is told which were of no use and why. A parcel that is not committed has never been.
 */
import { randomBytes } from 'node:crypto';
import type { ClickRecord } from '../click-ports.js';
import { type ClickFormat, type Decoded, decodeLine, decodeObject } from '../clickstream/decode-record.js';
import type { Rejected, RejectReason } from '../domain.js';
import { AHEAD_MS_MAX } from './click-pipeline.js';

export type { ClickFormat } from '../clickstream/decode-record.js';

/** Refusals that the sender is told of one by one: enough to see what is wrong, whatever was sent. */
export const ERRORS_TOLD = 100;

export interface RefusedRecord {
  /** Line of the text, element of the array; from 1. */
  line: number;
  reason: RejectReason;
  detail: string;
}

export interface ParcelAnswer {
  /** Stored, or known already by the sender's id. */
  accepted: number;
  refused: number;
  /** The first `ERRORS_TOLD`, in order. */
  errors: RefusedRecord[];
}

/** The accepted records as they were sent, for who hands them on. */
export interface SentRecords {
  format: ClickFormat;
  texts: string[];
}

/** Who has the records then: `ClickIntake` counts them here; another may put them into a topic. */
export interface ClickTaker {
  /** True: `take` is given the texts too. They are not kept otherwise. */
  readonly wants_texts?: boolean;
  /** Resolves when they are stored. `IntakeFull`: nothing of it was taken. */
  take(records: ClickRecord[], rejected: Rejected[], sent: SentRecords): Promise<void>;
}

/** Nobody here takes clicks: the process has not the role, or another process counts. */
export class ClicksElsewhere extends Error {
  override readonly name = 'ClicksElsewhere';
}

export class ClickDoor {
  /** Makes the places of one run differ from those of any other: 48 random bits. */
  readonly #run = BigInt(`0x${randomBytes(6).toString('hex')}`).toString(36);
  #parcels = 0;

  /** `taker` is asked for each parcel: which process counts may change. null = not this one. */
  constructor(
    private readonly taker: () => ClickTaker | null,
    private readonly now_ms: () => number,
  ) {}

  /**
   * `way`: `http`, `udp`; what is rejected is kept under it. Throws `ClicksElsewhere`.
   *
   *   const parcel = door.parcel('http', 'clicks');
   *   parcel.text('{"userid":7,…}', 1);
   *   await parcel.commit();   → { accepted: 1, refused: 0, errors: [] }
   */
  parcel(way: string, format: ClickFormat): ClickParcel {
    const taker = this.taker();
    if (taker === null) throw new ClicksElsewhere('This process does not count clicks.');
    return new ClickParcel(taker, way, format, `${this.#run}-${(this.#parcels++).toString(36)}`, this.now_ms());
  }
}

export class ClickParcel {
  readonly #records: ClickRecord[] = [];
  readonly #rejected: Rejected[] = [];
  readonly #texts: string[] = [];
  readonly #errors: RefusedRecord[] = [];

  constructor(
    private readonly taker: ClickTaker,
    private readonly way: string,
    private readonly format: ClickFormat,
    private readonly name: string,
    private readonly received_ms: number,
  ) {}

  /** How many records were given, good and bad. */
  get size(): number {
    return this.#records.length + this.#rejected.length;
  }

  /** A record as text. False: it was refused. */
  text(text: string, line: number): boolean {
    return this.#add(this.decoded(text, line), line, () => text);
  }

  /** A record that has been parsed. False: it was refused. */
  object(value: unknown, line: number): boolean {
    const { way, received_ms } = this;
    const decoded = decodeObject(this.format, value, { source: way, position: this.#place(line), received_ms });
    return this.#add(decoded, line, () => JSON.stringify(value));
  }

  /** What `text` would make of it, which is then not in the parcel yet. */
  decoded(text: string, line: number): Decoded {
    const { way, received_ms } = this;
    return decodeLine(this.format, text, { source: way, position: this.#place(line), received_ms });
  }

  refuse(line: number, reason: RejectReason, detail: string): void {
    this.#rejected.push({ source: this.way, position: this.#place(line), reason, detail });
    if (this.#errors.length < ERRORS_TOLD) this.#errors.push({ line, reason, detail });
  }

  /** Resolves when all of it is stored, the refusals too. Throws what `take` throws; then nothing of it counts. */
  async commit(): Promise<ParcelAnswer> {
    const { format } = this;
    const answer = { accepted: this.#records.length, refused: this.#rejected.length, errors: this.#errors };
    if (this.size > 0) await this.taker.take(this.#records, this.#rejected, { format, texts: this.#texts });
    return answer;
  }

  #add(decoded: Decoded, line: number, text: () => string): boolean {
    if ('reject' in decoded) {
      this.refuse(line, decoded.reject, decoded.detail);
      return false;
    }
    // As the pipeline has it; here the sender can be told which.
    if (timeOf(decoded) > this.received_ms + AHEAD_MS_MAX) {
      this.refuse(line, 'future', 'dated more than 24 hours ahead of this machine’s clock');
      return false;
    }
    this.#records.push(decoded);
    if (this.taker.wants_texts === true) this.#texts.push(text());
    return true;
  }

  /** Of this line, in this parcel, in this run; never the same twice. */
  #place(line: number): string {
    return `${this.name}.${line}`;
  }
}

function timeOf(record: ClickRecord): number {
  if (record.kind === 'click') return record.click.time_ms;
  return record.kind === 'event' ? record.event.time_ms : Number.NEGATIVE_INFINITY;
}
