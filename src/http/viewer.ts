/** Who asks: every route that shows or changes something of a person takes its viewer from here. */
import type { FastifyRequest } from 'fastify';
import { OPEN_VIEWER, type Viewer } from '../access/viewer.js';

interface Known {
  viewer: Viewer;
  /** Looks again whether they may ask what they asked. */
  still: () => Promise<boolean>;
}

const known = new WeakMap<FastifyRequest, Known>();

export function setViewer(request: FastifyRequest, viewer: Viewer, still: () => Promise<boolean>): void {
  known.set(request, { viewer, still });
}

export function viewerOf(request: FastifyRequest): Viewer {
  return known.get(request)?.viewer ?? OPEN_VIEWER;
}

/** For answers that go on: the key may be revoked meanwhile, the session over. */
export async function stillMay(request: FastifyRequest): Promise<boolean> {
  return (await known.get(request)?.still()) ?? true;
}
