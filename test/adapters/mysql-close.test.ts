import { type AddressInfo, createServer, type Server } from 'node:net';
import { parseAddress } from '../../src/adapters/mysql/address.js';
import { Database } from '../../src/adapters/mysql/database.js';

const BREAKS_AFTER_MS = 100;

describe('a store on MariaDB that is closed while a connection is being made', () => {
  let server: Server;

  beforeEach(async () => {
    server = createServer((socket) => setTimeout(() => socket.resetAndDestroy(), BREAKS_AFTER_MS));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  });
  afterEach(() => new Promise((done) => server.close(done)));

  it('closes, and who waited for the connection is told that it was closed', async () => {
    const { port } = server.address() as AddressInfo;
    const database = new Database(parseAddress(`mysql://a:b@127.0.0.1:${port}/store`));
    const connects = new Promise((done) => server.once('connection', done));
    const waiting = expect(database.again(() => database.connected((sql) => sql.rows('SELECT 1')))).rejects.toThrow(/was closed/);
    await connects;
    await database.close();
    await waiting;
  });
});
