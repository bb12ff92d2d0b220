import { resolve } from 'node:path';
import {
  type CrashExporter,
  resolveDestinations,
  resourceFromEnvironment,
} from '../../config/export-destination.js';
import type { ResolvedOptions } from '../../config/options.js';
import type { OtelAccess } from '../../telemetry/otel-access.js';
import type { ExportConfig, PlainAttributes } from '../protocol.js';
import { attributesOf, isPending, mergeResources, plainAttributes, type SdkResource } from './resource.js';

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
    resource: mergeResources(resourceFromEnvironment(), firstResource(providers)),
    withhold: options.redact !== undefined,
    crashFile: fullPath(options.crashFile),
  };
}

let named: { given: string; path: string } | undefined;

/** As it was when the option was seen first: the program may go to another folder. */
function fullPath(given: string | undefined): string | undefined {
  if (given === undefined || given === '') return undefined;
  if (named?.given !== given) named = { given, path: resolve(given) };
  return named.path;
}

/**
 * Where detectors are still at work, when they are done: what they find, the host's id say, is to be in what the sidecar
 * sends as well. The SDK does not take it in before it first exports, or is asked. Never rejects.
 */
export function resourceSettles(otel: OtelAccess): Promise<unknown> | undefined {
  const providers = [otel.tracerProvider(), otel.loggerProvider(), otel.meterProvider()];
  const pending = resourcesOf(providers).filter(isPending);
  if (pending.length === 0) return undefined;
  return Promise.allSettled(pending.map((resource) => resource.waitForAsyncAttributes?.()));
}

function firstResource(providers: readonly unknown[]): PlainAttributes {
  for (const resource of resourcesOf(providers)) {
    const attributes = plainAttributes(attributesOf(resource));
    if (attributes !== undefined) return attributes;
  }
  return {};
}

/** Providers keep their resource in a private field, a different one each; their spans have it in public. */
function resourcesOf(providers: readonly unknown[]): SdkResource[] {
  return providers.flatMap((provider) => {
    const holder = provider as
      | Record<string, (SdkResource & { resource?: SdkResource }) | undefined>
      | undefined;
    const candidates = [holder?.resource, holder?._resource, holder?._sharedState?.resource];
    return candidates.filter((one) => one !== undefined);
  });
}
