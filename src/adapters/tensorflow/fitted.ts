/** A model that has learnt, in memory. */
import type { Target } from '../../domain.js';
import type { Calibration, FittedModel, ModelManifest, Predictor } from '../../ports.js';
import { writeModelFolder } from './files.js';
import { headOf, type Network, Running } from './network.js';
import { TensorflowPredictor } from './predictor.js';

export class Fitted implements FittedModel {
  readonly kind = 'small neural network';
  private running: Running | null = null;

  constructor(
    readonly network: Network,
    private readonly backend: string,
  ) {}

  async logOdds(rows: Float32Array, count: number): Promise<Partial<Record<Target, Float32Array>>> {
    this.running ??= new Running(this.network);
    const all = this.running.logOdds(rows, count);
    return Object.fromEntries(this.network.heads.map((head, h) => [head, headOf(all, this.network.heads.length, h)]));
  }

  calibrated(by_head: Partial<Record<Target, Calibration>>): FittedModel {
    return new Fitted({ ...this.network, calibration: by_head }, this.backend);
  }

  predictor(manifest: ModelManifest): Predictor {
    return new TensorflowPredictor(manifest, this.backend, this.network);
  }

  save(models_dir: string, manifest: ModelManifest, card: string): Promise<void> {
    return writeModelFolder(models_dir, manifest, card, this.network);
  }

  dispose(): void {
    this.running?.dispose();
    this.running = null;
  }
}
