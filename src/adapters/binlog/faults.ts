/** Which failures mend themselves, which need a person, and which need a new snapshot. */

/** The server no longer has what follows the position, or what it has cannot be read: only a new snapshot helps. */
export class PositionLost extends Error {
  override readonly name = 'PositionLost';

  /** `why` is half a sentence: `the log was purged`. */
  constructor(server: string, why: string) {
    super(
      `${server}: ${why}. Start over with a new snapshot, once: holdfast serve --resnapshot. Rows are known by their id, so what was ` +
        'counted stays counted and nothing is counted twice.',
    );
  }
}

/** A person must act first; the message says how. */
export class NeedsOperator extends Error {
  override readonly name = 'NeedsOperator';
}

interface ServerError {
  message: string;
  code?: string;
  errno?: number;
  fatal?: boolean;
}

/** MariaDB and MySQL errors that no waiting mends, with what does. */
const OPERATOR_HINTS: Record<number, string> = {
  1044: 'Grant the user access to this database.',
  1045: 'Check user and password in the address. A server that takes TLS alone refuses so too: then add ?ssl=true, or ?ca=/path/to/ca.pem.',
  1049: 'Check the name of the database in the address.',
  1130: 'Create the user for the host that Holdfast connects from.',
  1142: 'Grant the user SELECT on this table.',
  1143: 'Grant the user SELECT on these columns.',
  1146: 'Check the table prefix.',
  1227: 'Grant the user REPLICATION SLAVE.',
  1251: 'Give the user an authentication plugin that this client knows (mysql_native_password, caching_sha2_password).',
  1698: 'Check user and password in the address.',
  1820: "The user's password has expired: set a new one.",
  1862: "The user's password has expired: set a new one.",
};

/** MySQL's words; MariaDB gives the reason of a wrong password. */
const isPlainRefused = ({ message }: ServerError) => /require_secure_transport/.test(message);
const PLAIN_HINT = 'Add ?ssl=true to the address, or ?ca=/path/to/ca.pem with an authority of your own.';
const TLS_HINT =
  'Its certificate is not trusted, or it speaks no TLS: add ?ca=/path/to/ca.pem to the address, and name the host as the certificate does.';

/** A connection that breaks in the handshake may come back; a certificate does not become another by waiting. */
function isTlsFault({ code, message }: ServerError): boolean {
  return (
    code === 'HANDSHAKE_NO_SSL_SUPPORT' || (code === 'HANDSHAKE_SSL_ERROR' && /certificate|altname|issuer|tls/i.test(message))
  );
}

/** MariaDB: the position is not in the log, or lies before its begin, or after its end, or in a hole. */
const LOST_ERRNOS = new Set([1945, 1951, 1955]);
/** 1236 is every failure of the server's sending thread; these texts say that the log itself is gone or another. */
const LOST_TEXT = /purged|too old|not in the master's binlog|diverged|could not find|missing|replicate the missing/i;
const LOG_ERROR = 1236;

/**
 * Too many connections, shutdown, aborted or killed connections, lock waits, a table altered while it was copied: the
 * next attempt finds it mended.
 */
const PASSING_ERRNOS = new Set([
  1040,
  1053,
  1077,
  1079,
  1129,
  1152,
  1158,
  1159,
  1160,
  1161,
  1184,
  1203,
  1205,
  1213,
  1317,
  1412,
  1927,
  2006,
  2013,
  LOG_ERROR,
]);
const PASSING_CODE = /^(E[A-Z]+|PROTOCOL_[A-Z_]+|ERR_STREAM_[A-Z_]+)$/;

/**
 * `null` = wait and try again; else the error to throw.
 *
 * `ECONNREFUSED` → null; 1045 (wrong password) → NeedsOperator; 1236 with "binary log files have been purged" →
 * PositionLost. What is not known here is not waited for: waiting would hide it.
 */
export function verdict(server: string, cause: unknown): Error | null {
  if (cause instanceof PositionLost || cause instanceof NeedsOperator) return cause;
  const error = serverError(cause);
  const hint = isTlsFault(error) ? TLS_HINT : isPlainRefused(error) ? PLAIN_HINT : OPERATOR_HINTS[error.errno ?? 0];
  if (hint !== undefined) return new NeedsOperator(`${server}: ${error.message}. ${hint}`, { cause });
  if (error.errno !== undefined && LOST_ERRNOS.has(error.errno)) return lost(server, error);
  if (error.errno === LOG_ERROR && LOST_TEXT.test(error.message)) return lost(server, error);
  if (error.errno !== undefined && PASSING_ERRNOS.has(error.errno)) return null;
  // Node's own network errors carry a negative errno and a code; a closed connection only `fatal`.
  const named_by_server = error.errno !== undefined && error.errno > 0;
  if (!named_by_server && (PASSING_CODE.test(error.code ?? '') || error.fatal === true)) return null;
  return new NeedsOperator(`${server}: ${error.message}`, { cause });
}

/** Not by `instanceof Error`: an error of another realm (a worker's) is none, and an emitter then wraps it. */
function serverError(cause: unknown): ServerError {
  if (typeof cause !== 'object' || cause === null) return { message: String(cause) };
  if ('code' in cause && cause.code === 'ERR_UNHANDLED_ERROR' && 'context' in cause) return serverError(cause.context);
  return 'message' in cause ? (cause as ServerError) : { message: String(cause) };
}

function lost(server: string, error: ServerError): PositionLost {
  return new PositionLost(server, `the server no longer has the log since the last position (${error.message})`);
}
