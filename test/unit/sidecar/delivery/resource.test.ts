import assert from 'node:assert/strict';
import test from 'node:test';
import { defaultResource, detectResources, resourceFromAttributes } from '@opentelemetry/resources';
import { attributesOf, plainAttributes } from '../../../../src/sidecar/delivery/resource.js';

test('while a detector is at work the attributes known already are told, the overruling ones', async () => {
  let found = (_host: string) => {};
  const name = new Promise<string>((resolve) => {
    found = resolve;
  });
  const resource = defaultResource()
    .merge(resourceFromAttributes({ 'service.name': 'shop' }))
    .merge(detectResources({ detectors: [{ detect: () => ({ attributes: { 'host.name': name } }) }] }));
  assert.equal(resource.asyncAttributesPending, true);
  const early = plainAttributes(attributesOf(resource as never));
  assert.equal(early?.['service.name'], 'shop');
  assert.equal(early?.['host.name'], undefined);

  found('here');
  await resource.waitForAsyncAttributes?.();
  const late = plainAttributes(attributesOf(resource as never));
  assert.equal(late?.['service.name'], 'shop');
  assert.equal(late?.['host.name'], 'here');
});
