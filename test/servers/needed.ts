/**
 * What a test does when the server it needs cannot be had: it is left out by name and says why, except where the whole
 * suite must run (`HOLDFAST_TEST_SERVERS=required`): there a missing server is a failure.
 */
import { describe, it } from '@jest/globals';

/**
 * `needsServer('change capture from MariaDB', mariadbMissing(), () => { … })` is `describe` when the second is null.
 */
export function needsServer(name: string, missing: string | null, body: () => void): void {
  if (missing === null) {
    describe(name, body);
  } else if (process.env.HOLDFAST_TEST_SERVERS === 'required') {
    describe(name, () => {
      it('has its server', () => {
        throw new Error(missing);
      });
    });
  } else {
    process.stderr.write(`left out: ${name}: ${missing}\n`);
    describe.skip(`${name} (${missing})`, body);
  }
}
