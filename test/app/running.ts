/** A process to be watched: a real server with the real metrics. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ClickMetrics } from '../../src/app/click-metrics.js';
import { Metrics } from '../../src/app/metrics.js';

export const SOURCE = 'mysql://db:3306/moodle';

/** A process with metrics of the site and of clicks, which does some work whenever it has been asked for them. */
export class Running {
  metrics = new Metrics();
  clicks = new ClickMetrics(this.metrics.registry);
  work: () => void = () => undefined;
  /** In place of the metrics. */
  answer: { status: number; body: string } | null = null;
  started_s = 1_700_000_000;
  server: Server | null = null;
  #port = 0;

  async start(): Promise<void> {
    this.server = createServer((_, response) => {
      if (this.answer) return response.writeHead(this.answer.status).end(this.answer.body);
      void this.metrics.registry.metrics().then((text) => {
        response.end(text.replace(/^(process_start_time_seconds) .*$/m, `$1 ${this.started_s}`));
        this.work();
      });
    });
    await new Promise<void>((resolve) => this.server!.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = null;
    server?.closeAllConnections();
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** What a busy process does in a moment. */
  busy = (): void => {
    const { metrics, clicks } = this;
    metrics.watch({ open_windows: () => 1234, lag: { source: SOURCE, seconds: () => 75 } });
    metrics.batch({
      source: SOURCE,
      changes: 500,
      counted: 400,
      repeated: 7,
      rejected: 3,
      not_counted: { guest: 9 },
      now_ms: 1e12,
    });
    metrics.committed(0.05);
    metrics.sink('elasticsearch', true);
    metrics.round('elasticsearch', 250, 2, 11);
    clicks.watch({ open_windows: () => 88, waiting: () => 6 });
    clicks.counted({
      clicks: 900,
      events: 4,
      references: 2,
      repeated: 5,
      rejected: 8,
      rejected_by: { 'bad-value': 8 },
      late: { 'late pages_per_min': 3 },
      commit_ms: 20,
    });
    clicks.datagrams({ received: 30, taken: 20, refused: 6, dropped: 4 });
    clicks.watchLag(() => [{ topic: 'clickstream', partition: 1, records: 4321 }]);
    clicks.sink('cassandra', false);
    clicks.round('cassandra', 0, 0, 17);
  };
}
