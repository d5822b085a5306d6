import { Body, Controller, Delete, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NOBODY, OPEN_VIEWER, seesEverything, type Viewer } from '../access/viewer.js';
import { noSession } from './access.js';
import { pageCookie } from './cookies.js';
import { Answers } from './describe.js';
import { GateDoor } from './parts.js';
import { Problem } from './problem.js';
import { SignIn } from './requests.js';
import { endSessions } from './session-cookies.js';
import { viewerOf } from './viewer.js';

@ApiTags('system')
@Controller('api/v1/session')
export class SessionController {
  constructor(private readonly door: GateDoor) {}

  @Get()
  @Answers('Session', 'Who is asking, and what they may do; signed_in false where nobody knows.', 'getSession')
  session(@Req() request: FastifyRequest) {
    return this.told(viewerOf(request));
  }

  @Post()
  @HttpCode(200)
  @Answers(
    'Session',
    'Signs in on the page with a key: sets the cookie of the session. Where the service asks nobody, nothing.',
    'signIn',
  )
  async signIn(@Body() { key }: SignIn, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const { gate, lti } = this.door;
    if (!gate && lti) throw noSession();
    if (!gate) return this.told(OPEN_VIEWER);
    const renew = () => gate.access.byBearer(key);
    const viewer = await renew();
    if (!viewer) throw new Problem(401, 'There is no such key, or it holds no longer.', { type: 'no-such-key' });
    endSessions(request, reply, gate, lti);
    reply.header('set-cookie', pageCookie(gate.sessions.open(viewer, gate.now_ms(), renew), gate.secure));
    return this.told(viewer);
  }

  @Delete()
  @HttpCode(200)
  @Answers('Session', 'Signs out.', 'signOut')
  signOut(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const { gate, lti } = this.door;
    endSessions(request, reply, gate, lti);
    return this.told(gate || lti ? NOBODY : viewerOf(request));
  }

  private told(viewer: Viewer) {
    return { ...told(viewer), accounts: this.door.gate?.accounts ?? false };
  }
}

function told(viewer: Viewer) {
  const { kind, scopes } = viewer;
  const access = kind === 'open' ? 'open' : 'keys';
  if (kind === 'nobody') return { signed_in: false, access, name: null, kind: null, scopes: [], whole_site: false };
  return { signed_in: true, access, name: viewer.name, kind, scopes: [...scopes].sort(), whole_site: seesEverything(viewer) };
}
