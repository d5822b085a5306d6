/** What the address of Elasticsearch says, as a node gets to see it. */
import { expect, it } from '@jest/globals';
import { connect } from '../../src/adapters/elasticsearch/connect.js';

it('an authority that cannot be read is told with its setting, before anything is asked', () => {
  expect(() => connect({ url: 'https://127.0.0.1:9?ca=/none.pem' })).toThrow(
    /file that ca= in HOLDFAST_ELASTICSEARCH names cannot be read/,
  );
});
