/** Features → calibrated probabilities, and what each feature adds. */
import type { Target } from '../../domain.js';
import { type Calibration, type ModelManifest, Predictor, probabilityOf } from '../../ports.js';
import { attributed } from './attribution.js';
import { type ColumnWriter, columnWriter, totalWidth, widthOf } from './columns.js';
import { type Network, Running } from './network.js';

const NO_CORRECTION: Calibration = { slope: 1, intercept: 0 };

export class TensorflowPredictor extends Predictor {
  private readonly running: Running;
  private readonly write: ColumnWriter;

  constructor(
    readonly manifest: ModelManifest,
    readonly backend: string,
    private readonly network: Network,
  ) {
    super();
    this.running = new Running(network);
    this.write = columnWriter(network.inputs);
  }

  async predict(rows: Float32Array, count: number): Promise<Partial<Record<Target, Float32Array>>> {
    const { heads, inputs, calibration } = this.network;
    if (rows.length < count * inputs.length) {
      throw new Error(
        `${count} rows of ${inputs.length} features need ${count * inputs.length} numbers, there are ${rows.length}.`,
      );
    }
    const log_odds = this.running.logOdds(rows, count);
    const out: Partial<Record<Target, Float32Array>> = {};
    heads.forEach((head, h) => {
      const of_head = new Float32Array(count);
      const correction = calibration[head] ?? NO_CORRECTION;
      for (let r = 0; r < count; r++) of_head[r] = probabilityOf(correction, log_odds[r * heads.length + h]!);
      out[head] = of_head;
    });
    return out;
  }

  /** All of them together with the mean student's log-odds are the log-odds of the row. */
  contributions(row: Float32Array, head: Target): Float32Array {
    const { heads, inputs, calibration, layers, means } = this.network;
    const h = heads.indexOf(head);
    if (h < 0) throw new Error(`Model ${this.manifest.version} has no head for ${head}; it has ${heads.join(', ')}.`);
    const slope = calibration[head]?.slope ?? 1;
    const columns = new Float32Array(totalWidth(inputs));
    this.write(row, 0, columns, 0);
    const of_columns = attributed(layers, means, columns, h);
    const parts = new Float32Array(inputs.length);
    let c = 0;
    inputs.forEach((input, f) => {
      let part = 0;
      for (const end = c + widthOf(input); c < end; c++) part += of_columns[c]!;
      parts[f] = slope * part;
    });
    return parts;
  }
}
