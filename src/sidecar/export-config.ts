import {
  type CrashExporter,
  resolveDestinations,
  resourceFromEnvironment,
} from '../config/export-destination.js';
import type { ResolvedOptions } from '../config/options.js';
import type { OtelAccess } from '../telemetry/otel-access.js';
import type { ExportConfig, PlainAttributes } from './protocol.js';

/**
 * Where the sidecar sends to: `undefined` while the application has no SDK, so that nothing leaves a process that was
 * not set up to send.
 */
export function exportConfig(options: ResolvedOptions, otel: OtelAccess): ExportConfig | undefined {
  const crashExporter = options.crashExporter as CrashExporter | undefined;
  const providers = [otel.tracerProvider(), otel.loggerProvider(), otel.meterProvider()];
  const destinations = resolveDestinations(crashExporter);
  if (destinations.isDefault && providers.every((provider) => provider === undefined)) return undefined;
  return {
    destinations,
    resource: { ...resourceFromEnvironment(), ...firstResource(providers) },
    withhold: options.redact !== undefined,
  };
}

/** Providers keep their resource in a private field, a different one each; their spans have it in public. */
function firstResource(providers: readonly unknown[]): PlainAttributes {
  for (const provider of providers) {
    const holder = provider as Record<string, (Resource & { resource?: Resource }) | undefined> | undefined;
    for (const candidate of [holder?.resource, holder?._resource, holder?._sharedState?.resource]) {
      const attributes = plainAttributes(candidate && attributesOf(candidate));
      if (attributes !== undefined) return attributes;
    }
  }
  return {};
}

interface Resource {
  attributes?: unknown;
  asyncAttributesPending?: boolean;
  getRawAttributes?(): [string, unknown][];
}

/** The SDK complains through `diag` when `attributes` is read while a detector is still at work. */
function attributesOf(resource: Resource): unknown {
  if (resource.asyncAttributesPending !== true) return resource.attributes;
  return resource.getRawAttributes && Object.fromEntries(resource.getRawAttributes());
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
