/** Features → calibrated probabilities and exact contributions, from a linear model. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Target } from '../../domain.js';
import { type ModelManifest, Predictor } from '../../ports.js';
import { widthOf, writeColumns } from './columns.js';
import { type Linear, layerOf, logOddsOf } from './linear.js';

export class TensorflowPredictor extends Predictor {
  private readonly layer: LayersModel;

  constructor(
    readonly manifest: ModelManifest,
    readonly backend: string,
    private readonly linear: Linear,
  ) {
    super();
    this.layer = layerOf(linear);
  }

  async predict(rows: Float32Array, count: number): Promise<Partial<Record<Target, Float32Array>>> {
    const { heads, inputs, calibration } = this.linear;
    if (rows.length < count * inputs.length) {
      throw new Error(
        `${count} rows of ${inputs.length} features need ${count * inputs.length} numbers, there are ${rows.length}.`,
      );
    }
    const log_odds = logOddsOf(this.layer, this.linear, rows, count);
    const out: Partial<Record<Target, Float32Array>> = {};
    heads.forEach((head, h) => {
      const { slope, intercept } = calibration[head] ?? { slope: 1, intercept: 0 };
      const of_head = new Float32Array(count);
      for (let r = 0; r < count; r++) of_head[r] = 1 / (1 + Math.exp(-(slope * log_odds[r * heads.length + h]! + intercept)));
      out[head] = of_head;
    });
    return out;
  }

  /**
   * Exact: the sum over a feature's columns of slope × weight × (value − mean value). All of them together with the mean
   * student's log-odds are the log-odds of the row.
   */
  contributions(row: Float32Array, head: Target): Float32Array {
    const { heads, inputs, calibration, weights, means } = this.linear;
    const h = heads.indexOf(head);
    if (h < 0) throw new Error(`Model ${this.manifest.version} has no head for ${head}; it has ${heads.join(', ')}.`);
    const slope = calibration[head]?.slope ?? 1;
    const columns = new Float32Array(means.length);
    writeColumns(inputs, row, 0, columns, 0);
    const parts = new Float32Array(inputs.length);
    let c = 0;
    inputs.forEach((input, f) => {
      let part = 0;
      for (const end = c + widthOf(input); c < end; c++) part += weights[c * heads.length + h]! * (columns[c]! - means[c]!);
      parts[f] = slope * part;
    });
    return parts;
  }
}
