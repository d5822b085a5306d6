/** Who asks: every route that shows or changes something of a person takes its viewer from here. */
import type { FastifyRequest } from 'fastify';
import { OPEN_VIEWER, type Viewer } from '../access/viewer.js';

const viewers = new WeakMap<FastifyRequest, Viewer>();

export function setViewer(request: FastifyRequest, viewer: Viewer): void {
  viewers.set(request, viewer);
}

export function viewerOf(request: FastifyRequest): Viewer {
  return viewers.get(request) ?? OPEN_VIEWER;
}
