/** Which model scores here. A running service takes up another one that was promoted, rolled back to or challenged. */
import type { ModelFolder } from '../adapters/tensorflow/model-folder.js';
import type { Predictor } from '../ports.js';

/** What people are told of the model that scores. */
export interface ModelWord {
  version: string;
  method: 'model' | 'heuristic';
  why_not: string | null;
  backend: string | null;
}

type Shelf = Pick<ModelFolder, 'names' | 'champion' | 'challenger'>;

export interface Models {
  champion: Predictor | null;
  challenger: Predictor | null;
}

export class ServingModel {
  #word: ModelWord = HEURISTIC;
  #models: Models = { champion: null, challenger: null };
  /** The versions that the shelf named last, whether they could be loaded or not: what fails is told once. */
  #named = { champion: null as string | null, challenger: null as string | null };

  private constructor(
    private readonly shelf: Shelf,
    private readonly log: (message: string) => void,
  ) {}

  static async of(shelf: Shelf, log: (message: string) => void): Promise<ServingModel> {
    const serving = new ServingModel(shelf, log);
    serving.#named = await shelf.names().catch(() => serving.#named);
    const { predictor, why_not } = await shelf.champion();
    serving.#scoreBy(predictor, await serving.#challenger(), why_not);
    return serving;
  }

  get word(): ModelWord {
    return this.#word;
  }

  get models(): Models {
    return this.#models;
  }

  /** Looks whether other versions were named, and loads them; null where nothing changed. A champion that does not load changes nothing. */
  async look(): Promise<Models | null> {
    const named = await this.shelf.names();
    const other_champion = named.champion !== this.#named.champion;
    if (!other_champion && named.challenger === this.#named.challenger) return null;
    this.#named = named;
    // Who is replaced is not disposed of: a scoring that has begun ends with it, and a network is some hundred kilobytes.
    const { predictor, why_not } = other_champion
      ? await this.shelf.champion()
      : { predictor: this.#models.champion, why_not: null };
    if (predictor === null) {
      this.log(`${this.#word.version} goes on scoring, since the new champion does not: ${why_not}`);
      return null;
    }
    const before = this.#word.version;
    this.#scoreBy(predictor, await this.#challenger(), why_not);
    if (other_champion) this.log(`From the next scoring on ${this.#word.version} scores, no longer ${before}`);
    return this.#models;
  }

  async #challenger(): Promise<Predictor | null> {
    const { predictor, why_not } = await this.shelf.challenger();
    if (why_not !== null) this.log(`The challenger does not score beside the champion: ${why_not}`);
    return predictor;
  }

  #scoreBy(champion: Predictor | null, challenger: Predictor | null, why_not: string | null): void {
    this.#models = { champion, challenger };
    this.#word = champion
      ? { version: champion.manifest.version, method: 'model', why_not, backend: champion.backend }
      : { ...HEURISTIC, why_not };
  }
}

const HEURISTIC: ModelWord = { version: 'heuristic', method: 'heuristic', why_not: null, backend: null };
