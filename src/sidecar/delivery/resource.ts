import type { PlainAttributes } from '../protocol.js';

const NAME = 'service.name';

/** `later` wins, but for a service name that says that nobody gave one. */
export function mergeResources(
  earlier: PlainAttributes,
  later: PlainAttributes | undefined,
): PlainAttributes {
  const merged = { ...earlier, ...later };
  if (String(merged[NAME]).startsWith('unknown_service') && earlier[NAME] !== undefined) {
    merged[NAME] = earlier[NAME];
  }
  return merged;
}

export interface SdkResource {
  attributes?: unknown;
  asyncAttributesPending?: boolean;
  getRawAttributes?(): [string, unknown][];
  waitForAsyncAttributes?(): Promise<void>;
}

/** The SDK complains through `diag` when `attributes` is read while a detector is still at work. */
export function attributesOf(resource: SdkResource): unknown {
  if (resource.asyncAttributesPending !== true) return resource.attributes;
  // of several values for one name the first counts: a merged resource keeps what it overrules behind it
  return resource.getRawAttributes && Object.fromEntries(resource.getRawAttributes().toReversed());
}

export function isPending(resource: SdkResource): boolean {
  return resource.asyncAttributesPending === true;
}

export function plainAttributes(attributes: unknown): PlainAttributes | undefined {
  if (attributes === null || typeof attributes !== 'object') return undefined;
  const plain: PlainAttributes = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (/^(string|number|boolean)$/.test(typeof value)) plain[key] = value as string;
    else if (Array.isArray(value)) plain[key] = value.map(String);
  }
  return plain;
}
