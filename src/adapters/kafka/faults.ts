/** What the operator has to mend, told apart from what mends itself. */
import { BROKERS_SETTING } from './address.js';

/** Refusals of a broker, by Kafka's name of the error, and what to do. */
const REFUSALS: Readonly<Record<string, string>> = {
  SASL_AUTHENTICATION_FAILED: `the login is refused; check user, password and mechanism in ${BROKERS_SETTING}`,
  UNSUPPORTED_SASL_MECHANISM: `the brokers do not offer this mechanism; change mechanism= in ${BROKERS_SETTING}`,
  ILLEGAL_SASL_STATE: `the brokers want no login; use plaintext:// or ssl:// in ${BROKERS_SETTING}`,
  TOPIC_AUTHORIZATION_FAILED: `the user of ${BROKERS_SETTING} may not use a topic; allow it to read and describe the topics that are read, and to create, write and read those that are written, holdfast.* and dlq.*`,
  GROUP_AUTHORIZATION_FAILED: `the user of ${BROKERS_SETTING} may not join the group; allow it to read groups named holdfast-*`,
  CLUSTER_AUTHORIZATION_FAILED: `the user of ${BROKERS_SETTING} may not create topics; allow it, or create them by hand: holdfast.changes.v1, those of clicks, dlq.*`,
};

/** The Error for the operator; null = trying again may help. */
export function refusal(name: string, error: unknown): Error | null {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < CAUSES_MAX; depth++) {
    const said = hintOf(at);
    if (said !== null) return new Error(`${name}: ${said}`, { cause: error });
    at = nextCause(at);
  }
  return null;
}

/** An error's causes form a chain; a longer one than this is a ring. */
const CAUSES_MAX = 8;

function hintOf(error: Error): string | null {
  const type = (error as Error & { type?: unknown }).type;
  if (typeof type === 'string' && REFUSALS[type] !== undefined) return REFUSALS[type];
  if (error.name === 'KafkaJSSASLAuthenticationError') return REFUSALS.SASL_AUTHENTICATION_FAILED!;
  if (/certificate|self-signed|unable to verify/i.test(error.message)) {
    return `the certificate of the brokers is not accepted (${error.message}); name its authority in ${BROKERS_SETTING} with ?ca=FILE`;
  }
  if (error.name === 'InflatedTooLarge') {
    return `${error.message}, and no connector writes such: find out who may write to the topics, delete the messages up to it (kafka-delete-records), and start once with HOLDFAST_KAFKA_GAP=accept`;
  }
  return error.name === 'KafkaJSNotImplemented' ? `the topic cannot be read: ${error.message}` : null;
}

function nextCause(error: Error): unknown {
  const { cause, originalError, errors } = error as Error & { originalError?: unknown; errors?: unknown };
  return cause ?? originalError ?? (Array.isArray(errors) ? errors[0] : undefined);
}

/** Kafka was not there within the time for starting. */
export function unreachable(name: string, error: unknown, waited_ms: number): Error {
  const message = error instanceof Error ? error.message : String(error);
  return new Error(
    `cannot reach Kafka at ${name} for ${Math.round(waited_ms / 1000)} s: ${message}. Check the addresses in ${BROKERS_SETTING}, that the brokers run, and that they advertise names which this machine can resolve`,
    { cause: error },
  );
}

/** Retention was faster than we were: only the operator can say that the loss is acceptable. */
export function gap(topic: string, partition: number, from: number, to: number, remedy: string | null): Error {
  const then = remedy === null ? 'Start' : `${remedy}, then start`;
  return new Error(
    `${topic}, partition ${partition}: ${to - from} messages (offsets ${from} to ${to - 1}) were deleted by the topic's retention before they were read. ${then} once with HOLDFAST_KAFKA_GAP=accept; and lengthen the topic's retention.ms`,
  );
}
