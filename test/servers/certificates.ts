/** Certificates of authorities made for a suite, in a temporary folder that any user may read: servers run under their own. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * `ca.pem` is the authority of `cert.pem` with `key.pem` (`both.pem`: the two in one), `other.pem` one that signed nothing. The servers are
 * at 127.0.0.1; the certificate has one name as well, which is not localhost.
 */
export class Certificates {
  readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-tls-'));

  file(name: string): string {
    return join(this.folder, name);
  }

  make(): void {
    const file = (name: string) => this.file(name);
    const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
    for (const name of ['ca', 'other'])
      openssl(...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`], ...['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)]); // biome-ignore format: one command
    openssl(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      '/CN=db.example',
      '-keyout',
      file('key.pem'),
      '-out',
      file('csr.pem'),
    );
    writeFileSync(file('names'), 'subjectAltName=DNS:db.example,IP:127.0.0.1');
    openssl(...['x509', '-req', '-in', file('csr.pem'), '-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial'], ...['-days', '2', '-extfile', file('names'), '-out', file('cert.pem')]); // biome-ignore format: one command
    writeFileSync(file('both.pem'), readFileSync(file('key.pem'), 'utf8') + readFileSync(file('cert.pem'), 'utf8'));
    chmodSync(this.folder, 0o755);
    for (const name of ['key.pem', 'cert.pem', 'ca.pem', 'both.pem']) chmodSync(file(name), 0o644);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
