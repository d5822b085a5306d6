/** Everything that goes wrong leaves as problem+json (RFC 9457): one class to throw, one table of the framework's errors. */

/** One fault in what was sent: `{ pointer: '/limit', rule: 'max', detail: 'limit must not be greater than 1000' }`. */
export interface Fault {
  /** JSON pointer into the body, the query or the path parameters. */
  pointer: string;
  rule: string;
  detail: string;
}

export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  errors?: Fault[];
  /** Of a 500: what to tell the administrator; the log has it beside the cause. */
  reference?: string;
  [extension: string]: unknown;
}

export const PROBLEM_TYPE = 'application/problem+json';

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Not logged in',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  406: 'Not acceptable',
  408: 'Request timeout',
  409: 'Conflict',
  412: 'Precondition failed',
  413: 'Content too large',
  414: 'Address too long',
  415: 'Unsupported media type',
  422: 'Unprocessable content',
  428: 'Precondition required',
  429: 'Too many requests',
  431: 'Headers too large',
  500: 'Internal error',
  503: 'Service unavailable',
};

export function titleOf(status: number): string {
  return TITLES[status] ?? (status < 500 ? 'Bad request' : 'Internal error');
}

interface ProblemParts {
  /** Last part of the type: `stale-alert`; without it the type is `about:blank`, that is, the status says it all. */
  type?: string;
  errors?: Fault[];
  headers?: Record<string, string>;
  extensions?: Record<string, unknown>;
}

/** Thrown by a controller or a hook; `ProblemFilter` writes it. `statusCode` is what Fastify looks for. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly statusCode: number;

  constructor(
    readonly status: number,
    readonly detail: string,
    readonly parts: ProblemParts = {},
  ) {
    super(detail);
    this.statusCode = status;
  }

  body(instance: string): ProblemBody {
    const { type, errors, extensions } = this.parts;
    return {
      type: type ? `urn:holdfast:problem:${type}` : 'about:blank',
      title: titleOf(this.status),
      status: this.status,
      detail: this.detail,
      instance,
      ...(errors ? { errors } : {}),
      ...extensions,
    };
  }
}

export function notFound(what: string): Problem {
  return new Problem(404, `There is no ${what}.`);
}

/** Faults of a request, as one 400. */
export function invalid(errors: Fault[]): Problem {
  const count = errors.length === 1 ? 'one fault' : `${errors.length} faults`;
  return new Problem(400, `The request has ${count}: see errors.`, { type: 'invalid-request', errors });
}

/** Fastify's own errors in our words, by its code: its messages would say what the library is, not what to do. */
const FRAMEWORK_DETAILS: Record<string, string> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not valid JSON.',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty, though its content type says JSON.',
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body is larger than is taken here: 10 MiB of click records, 1 MiB of anything else.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'Send the body as application/json.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The content length does not match the body.',
  FST_ERR_BAD_URL: 'The address is not a valid path.',
  FST_ERR_MAX_PARAM_LENGTH: 'A part of the path is too long.',
};

/** The problem in an error that Fastify or Nest threw; null for one that nobody expected. */
export function frameworkProblem(error: unknown): Problem | null {
  if (typeof error !== 'object' || error === null) return null;
  // Nest wraps what Fastify threw and keeps it as the cause.
  const { statusCode, code, status } = { ...error, ...((error as Error).cause as object) } as Record<string, unknown>;
  const known = typeof statusCode === 'number' ? statusCode : status;
  if (typeof known !== 'number' || known < 400 || known > 499) return null;
  const detail = typeof code === 'string' ? FRAMEWORK_DETAILS[code] : undefined;
  return new Problem(known, detail ?? (known === 400 ? 'The request cannot be read.' : `${titleOf(known)}.`));
}
