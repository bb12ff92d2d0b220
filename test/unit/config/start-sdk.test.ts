import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSdkOption } from '../../../src/config/start-sdk.js';

const read = (value?: string) => startSdkOption({ OTEL_NODE_ASYNC_START_SDK: value });

test('auto, true and false, in the ways people write them; anything else is auto', () => {
  for (const value of [undefined, '', 'auto', 'AUTO ', 'maybe', '2'])
    assert.equal(read(value), 'auto', value);
  for (const value of ['true', '1', 'on', 'Yes']) assert.equal(read(value), 'true', value);
  for (const value of ['false', '0', 'off', 'no']) assert.equal(read(value), 'false', value);
});
