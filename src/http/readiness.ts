/** Whether the service may be asked: it says "not yet" while something is being prepared, and "no more" at shutdown. */
export class Readiness {
  readonly #waiting = new Map<string, string>();
  #stopping = false;

  /**
   * Something is not there yet, with a sentence for the operator. While `store` waits, no data is answered.
   *
   *   readiness.wait('store', 'The store is being opened.');   GET /readyz → 503 with that sentence
   *   readiness.done('store');                                 GET /readyz → 200
   */
  wait(part: string, reason: string): void {
    this.#waiting.set(part, reason);
  }

  done(part: string): void {
    this.#waiting.delete(part);
  }

  /** First step of a shutdown: load balancers turn away while requests already here are still answered. */
  stop(): void {
    this.#stopping = true;
  }

  /** Empty when the service is ready. */
  reasons(): string[] {
    return [...(this.#stopping ? ['The service is shutting down.'] : []), ...this.#waiting.values()];
  }

  /** False until the store is open: then no view can be read. */
  readable(): boolean {
    return !this.#waiting.has('store');
  }
}
