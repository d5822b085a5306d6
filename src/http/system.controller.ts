import { Controller, Get, Header, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Registry } from 'prom-client';
import { Answers, AnswersObject, AnswersText } from './describe.js';
import { JobsLook } from './jobs-look.js';
import { ApiDocument } from './openapi.js';
import { ViewsFor } from './parts.js';
import { Problem } from './problem.js';
import { Readiness } from './readiness.js';
import { RetrainJobs } from './retrain-door.js';
import { SinkLook, systemState } from './system-state.js';

@ApiTags('system')
@Controller()
export class SystemController {
  constructor(
    private readonly readiness: Readiness,
    private readonly metrics: Registry,
    private readonly sinks: SinkLook,
    private readonly views: ViewsFor,
    private readonly retrain: RetrainJobs,
    private readonly jobs: JobsLook,
    private readonly document: ApiDocument,
  ) {}

  @Get('healthz')
  @Answers('Health', 'The process answers.', 'getHealth')
  health() {
    return { status: 'ok' };
  }

  @Get('readyz')
  @Answers('Ready', 'The service can be asked; else 503 with the reasons.', 'getReadiness')
  ready() {
    const reasons = this.readiness.reasons();
    if (reasons.length === 0) return { status: 'ready' };
    throw new Problem(503, reasons.join(' '), { type: 'not-ready', extensions: { reasons } });
  }

  @Get('api/v1/system')
  @Answers(
    'System',
    'How the service is doing: sources of this process, sinks and channels of notices, what was rejected, training and other jobs.',
    'getSystem',
  )
  async system(@Req() request: FastifyRequest) {
    const { clock, rejected, ignored } = await this.views.of(request).summary();
    const state = await systemState(this.metrics, this.sinks);
    const work = { training: this.retrain.latest(), jobs: await this.jobs.look() };
    return { clock, waiting: this.readiness.reasons(), ...state, rejected, ignored, ...work };
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @AnswersText('text/plain', 'Figures for Prometheus.', 'getMetrics')
  figures() {
    return this.metrics.metrics();
  }

  @Get('openapi.json')
  @AnswersObject('This document.', 'getOpenApi')
  openapi() {
    return this.document.get();
  }
}
