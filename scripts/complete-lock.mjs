// Completes package-lock.json where the registry in use serves Linux binaries only: packages for other platforms are then left out of the
// lock, `npm ci` refuses it, and a Mac or Windows user would get no binary. Adds the missing optional entries (name, version, os, cpu).
// Use with `omit-lockfile-registry-resolved=true` in .npmrc, so that the lock names no host. Run after every change of dependencies.
import { readFileSync, writeFileSync } from 'node:fs';

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
let added = 0;
for (const [path, entry] of Object.entries({ ...lock.packages })) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    if (lock.packages[`${path}/node_modules/${name}`] || lock.packages[`node_modules/${name}`]) continue;
    const os = /-(darwin|win32|linux|freebsd|android|openharmony|sunos|netbsd|openbsd|aix)(?:-|$)/.exec(name)?.[1];
    const cpu = /-(arm64|x64|ia32|arm|ppc64|s390x|riscv64|loong64|wasm32|mips64el)(?:-|$)/.exec(name)?.[1];
    if (!os && !cpu) {
      console.error(`not added, no platform in its name: ${name}`);
      continue;
    }
    lock.packages[`node_modules/${name}`] = {
      version: range.replace(/^[\^~]/, ''),
      ...(cpu && { cpu: [cpu] }),
      ...(entry.dev && { dev: true }),
      optional: true,
      ...(os && { os: [os] }),
    };
    added++;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
console.error(`${added} optional platform packages added`);
