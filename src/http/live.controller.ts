import { Controller, Get, type OnApplicationShutdown, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MINUTES_DEFAULT, MINUTES_MAX, PANELS, Panels, type PanelsName } from '../reading/panels.js';
import { Answers } from './describe.js';
import { QueryInteger, QueryWord } from './fields.js';
import { LIVE_VIEWERS_MAX, LIVE_WAITING_BYTES_MAX, Live } from './live.js';
import { Problem } from './problem.js';
import { stillMay } from './viewer.js';

export class LiveQuery {
  @QueryWord('Which panels; predictive where nothing is said.', PANELS)
  panels?: PanelsName;

  @QueryInteger('Of how many minutes.', { min: 1, max: MINUTES_MAX, default: MINUTES_DEFAULT })
  minutes?: number;
}

@ApiTags('overview')
@Controller('api/v1/live')
export class LiveController implements OnApplicationShutdown {
  readonly #live: Live;

  constructor(private readonly panels: Panels) {
    this.#live = new Live((panels, minutes) => this.panels.look(panels, minutes));
  }

  @Get()
  @Answers('Live', 'Figures of the last minutes: once as JSON; every 5 s to who accepts text/event-stream.', 'getLive')
  async live(@Query() query: LiveQuery, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const { panels = 'predictive', minutes = MINUTES_DEFAULT } = query;
    if (!(request.headers.accept ?? '').includes('text/event-stream')) return this.panels.look(panels, minutes);
    if (this.#live.viewers >= LIVE_VIEWERS_MAX) {
      const headers = { 'retry-after': '30' };
      throw new Problem(503, `${LIVE_VIEWERS_MAX} people watch already. Ask again, or ask for JSON.`, {
        type: 'too-many-viewers',
        headers,
      });
    }
    this.#stream(panels, minutes, request, reply);
    return undefined;
  }

  onApplicationShutdown(): void {
    this.#live.close();
  }

  #stream(panels: PanelsName, minutes: number, request: FastifyRequest, reply: FastifyReply): void {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, { ...reply.getHeaders(), 'content-type': 'text/event-stream', 'cache-control': 'no-store' } as Record<
      string,
      string
    >);
    raw.write('retry: 2000\n\n');
    const viewer = (event: string) => {
      if (raw.writableLength > LIVE_WAITING_BYTES_MAX) return false;
      raw.write(event);
      return true;
    };
    const watching = { viewer, holds: () => stillMay(request), dropped: () => raw.destroy() };
    const leave = this.#live.watch(panels, minutes, watching);
    raw.once('close', leave);
  }
}
