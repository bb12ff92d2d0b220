import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Root, rootAt, roots } from './package-search.js';
import type { ApiModule, LogsApi } from './sdk-types.js';

/**
 * Every copy of OpenTelemetry's API that the application can come to use: where several versions are installed, and
 * both the ESM and the CommonJS build where a version has two (1.10), each with an API object of its own.
 */
export interface ApiCopies {
  apis: ApiModule[];
  logsApis: LogsApi[];
}

export function apiCopies(
  more: readonly Pick<Root, 'resolve'>[],
  from: readonly Root[] = roots(),
): ApiCopies {
  const places = [...from, ...more];
  const apis = copies<ApiModule>(places, '@opentelemetry/api');
  const logs = copies<{ logs: LogsApi }>(places, '@opentelemetry/api-logs').map((copy) => copy.logs);
  for (const api of apis) if (api.logs) logs.push(api.logs);
  return { apis, logsApis: [...new Set(logs)] };
}

function copies<T>(places: readonly Pick<Root, 'resolve'>[], name: string): T[] {
  const files = new Set(places.flatMap((place) => place.resolve(name) ?? []));
  const found: T[] = [];
  for (const file of files) {
    for (const build of [file, esmBuild(file, name)]) {
      // `require` loads ES modules as well, into the same cache as `import`
      if (build !== undefined) found.push(rootAt(file).load(build) as T);
    }
  }
  return found;
}

/** The file that `import` gets, where it differs from the one that `require` gets. */
function esmBuild(file: string, name: string): string | undefined {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (!existsSync(manifest)) continue;
    const content = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string; exports?: Conditions };
    if (content.name !== name) continue;
    const target = importTarget(content.exports?.['.']);
    const path = target && join(folder, target);
    return path !== undefined && path !== file && existsSync(path) ? path : undefined;
  }
  return undefined;
}

interface Conditions {
  [condition: string]: Conditions | string | undefined;
}

function importTarget(conditions: Conditions | string | undefined): string | undefined {
  if (conditions === undefined || typeof conditions === 'string') return conditions;
  return importTarget(conditions.node ?? conditions.import ?? conditions.default);
}
