/** What the driver's errors mean for whoever runs the service. */
import cassandra from 'cassandra-driver';

const { errors, types } = cassandra;
const CODES = types.responseErrorCodes;

/** What a failure comes to: try again within bounds, wait for somebody to mend it, or wrong for good. */
export interface Fault {
  kind: 'again' | 'operator' | 'wrong';
  /** Without any content of rows. */
  what: string;
  /** What to look at. */
  hint: string;
}

/** A replica is away, late or has too much to do. */
const AGAIN = new Set<number>([
  CODES.serverError,
  CODES.unavailableException,
  CODES.overloaded,
  CODES.isBootstrapping,
  CODES.writeTimeout,
  CODES.writeFailure,
  CODES.readTimeout,
  CODES.readFailure,
]);

export function faultOf(error: unknown): Fault {
  if (error instanceof errors.NoHostAvailableError) return faultOfHosts(error);
  if (error instanceof errors.AuthenticationError) return refusedLogin();
  // Of the data centre: the one argument of a request that nobody but the cluster can check.
  if (error instanceof errors.ArgumentError) {
    const centres = /Available DCs are: \[([^\][]*)\]/.exec(error.message)?.[1] ?? 'others';
    const what = `the cluster has no such data centre, only ${centres}`;
    return { kind: 'operator', what, hint: 'Set ?datacenter= in HOLDFAST_CASSANDRA.' };
  }
  if (error instanceof errors.ResponseError) return faultOfAnswer(error);
  if (error instanceof errors.OperationTimedOutError || error instanceof errors.BusyConnectionError)
    return { kind: 'again', what: 'no answer in time', hint: 'nodetool tpstats shows what the node is busy with.' };
  throw error;
}

/** Each node that was tried has an error of its own; one that says more than "away" is the one to tell. */
function faultOfHosts({ innerErrors }: InstanceType<typeof errors.NoHostAvailableError>): Fault {
  const inner = Object.values((innerErrors ?? {}) as Record<string, unknown>);
  if (inner.some((error) => error instanceof errors.AuthenticationError)) return refusedLogin();
  const code = inner.map((error) => (error as { code?: unknown } | null)?.code).find((c) => typeof c === 'string');
  return {
    kind: 'again',
    what: `no answer${code === undefined ? '' : ` (${code as string})`}`,
    hint: 'Is the node up (nodetool status), and is HOLDFAST_CASSANDRA its address?',
  };
}

function faultOfAnswer({ code }: InstanceType<typeof errors.ResponseError>): Fault {
  const what = Object.entries(CODES).find(([, known]) => known === code)?.[0] ?? `error 0x${code.toString(16)}`;
  if (AGAIN.has(code))
    return { kind: 'again', what, hint: 'nodetool status and nodetool tpstats show which node is away or busy.' };
  if (code === CODES.badCredentials) return refusedLogin();
  if (code === CODES.unauthorized)
    return { kind: 'operator', what, hint: 'The role needs CREATE on ALL KEYSPACES, or the keyspace and MODIFY on it.' };
  return { kind: 'wrong', what, hint: 'The node’s own log says more.' };
}

function refusedLogin(): Fault {
  return { kind: 'operator', what: 'user or password are refused', hint: 'See HOLDFAST_CASSANDRA.' };
}
