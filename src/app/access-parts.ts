/** What the HTTP side needs to know who asks, put together from the configuration. */
import { readFileSync } from 'node:fs';
import { AccountSettingsFault, parseAccounts } from '../access/accounts.js';
import type { AccessKey } from '../access/keys.js';
import { Oidc } from '../access/oidc.js';
import { Tokens } from '../access/tokens.js';
import type { Viewer } from '../access/viewer.js';
import type { Config } from '../config.js';
import type { Gate } from '../http/access.js';
import type { AccountDoor } from '../http/oidc-routes.js';
import type { HttpLog } from '../http/parts.js';
import { Sessions } from '../http/sessions.js';
import { Assignments } from '../reading/assignments.js';
import type { Views } from '../reading/views.js';
import { KeyAccess } from './key-access.js';
import { recordKeys } from './key-changes.js';
import { KeyFile } from './key-file.js';
import type { Service } from './service.js';
import { Sights } from './sights.js';

interface AccessParts {
  gate: Gate | null;
  accounts: AccountDoor | null;
  limited: (viewer: Viewer) => Views;
}

/** Throws what the operator has to mend. */
export function accessOf(
  config: Config,
  { store, pipeline, limited }: Pick<Service, 'store' | 'pipeline' | 'limited'>,
  log: HttpLog,
): AccessParts {
  const { api_keys, jwks, oidc, tls_cert, proxy } = config;
  if (api_keys === null && jwks === null && oidc === null) return { gate: null, accounts: null, limited };
  const sights = new Sights(pipeline.roster, new Assignments(store), Date.now);
  const heard = (keys: readonly AccessKey[]) =>
    void recordKeys(store, keys, Date.now()).catch((err) => log.warn({ err }, 'Who was given a key could not be recorded.'));
  const file = api_keys === null ? null : new KeyFile(api_keys, (message) => log.warn({}, message), heard);
  // What is wrong with it is told at the start, not when somebody is refused.
  void file?.keys(Date.now());
  const access = new KeyAccess(file, tokensOf(config), sights, Date.now);
  const secure = tls_cert !== null || proxy !== null;
  const gate = { access, sessions: new Sessions(), accounts: oidc !== null, secure, now_ms: Date.now };
  const warn = (err: unknown) => log.warn({ err }, 'the identity provider did not answer as it should');
  const accounts = oidc === null ? null : { oidc: accountsIn(oidc), viewer: sights.viewer.bind(sights), warn };
  return { gate, accounts, limited };
}

function tokensOf({ jwks, jwt_issuer, jwt_audience }: Config): Tokens | null {
  if (jwks === null || jwt_issuer === null || jwt_audience === null) return null;
  return new Tokens({ jwks_url: jwks, issuer: jwt_issuer, audience: jwt_audience });
}

function accountsIn(path: string): Oidc {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new AccountSettingsFault(
      'HOLDFAST_OIDC: the file that it names cannot be read: check that it exists and who may read it',
    );
  }
  try {
    return new Oidc(parseAccounts(text));
  } catch (error) {
    if (error instanceof AccountSettingsFault) throw new AccountSettingsFault(`The file of HOLDFAST_OIDC: ${error.message}`);
    throw error;
  }
}
