/** A model that has learnt, in memory. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Target } from '../../domain.js';
import type { Calibration, FittedModel, ModelManifest, Predictor } from '../../ports.js';
import { writeModelFolder } from './files.js';
import { headOf, type Linear, layerOf, logOddsOf } from './linear.js';
import { TensorflowPredictor } from './predictor.js';

export class Fitted implements FittedModel {
  readonly kind = 'logistic regression';
  private model: LayersModel | null = null;

  constructor(
    private readonly linear: Linear,
    private readonly backend: string,
  ) {}

  async logOdds(rows: Float32Array, count: number): Promise<Partial<Record<Target, Float32Array>>> {
    this.model ??= layerOf(this.linear);
    const all = logOddsOf(this.model, this.linear, rows, count);
    return Object.fromEntries(this.linear.heads.map((head, h) => [head, headOf(all, this.linear.heads.length, h)]));
  }

  calibrated(by_head: Partial<Record<Target, Calibration>>): FittedModel {
    return new Fitted({ ...this.linear, calibration: by_head }, this.backend);
  }

  predictor(manifest: ModelManifest): Predictor {
    return new TensorflowPredictor(manifest, this.backend, this.linear);
  }

  save(models_dir: string, manifest: ModelManifest, card: string): Promise<void> {
    return writeModelFolder(models_dir, manifest, card, this.linear);
  }

  dispose(): void {
    this.model?.dispose();
    this.model = null;
  }
}
