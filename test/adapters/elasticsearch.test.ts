/** What the address of Elasticsearch says, as a node gets to see it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { connect } from '../../src/adapters/elasticsearch/connect.js';

/** The nodes of the tests make no API keys (see `test/servers/elasticsearch.ts`): here is what one is sent. */
it('an API key of the address is what the node is sent, in place of user and password', async () => {
  const sent: unknown[] = [];
  const server = createServer((request, answer) => {
    sent.push([request.url, request.headers.authorization]);
    answer.setHeader('x-elastic-product', 'Elasticsearch').setHeader('content-type', 'application/json');
    answer.end('{"status":"green"}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const client = connect({ url: `http://holdfast:fast-hold@127.0.0.1:${port}?api_key=aWQ6a2V5` });
  await client.cluster.health();
  await client.close();
  server.closeAllConnections();
  server.close();
  expect(sent).toEqual([['/_cluster/health', 'ApiKey aWQ6a2V5']]);
});

it('an authority that cannot be read is told with its setting, before anything is asked', () => {
  expect(() => connect({ url: 'https://127.0.0.1:9?ca=/none.pem' })).toThrow(
    /file that ca= in HOLDFAST_ELASTICSEARCH names cannot be read/,
  );
});
