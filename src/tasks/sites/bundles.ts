import { bundleMapOf } from './map-cache.js';
import { toPath } from './script-map.js';
import { type FrameOrigin, originOf } from './user-code.js';

/**
 * Whose code a place is. In a bundle user code and libraries lie in one script: there its source map tells, once it has
 * been read; until then all of it is the user's.
 */
export function originAt(scriptName: string, line: number, column: number): FrameOrigin {
  const origin = originOf(scriptName);
  if (origin !== 'user') return origin;
  const original = bundleMapOf(toPath(scriptName))?.find(line, column);
  return original === undefined ? origin : originOf(original.source);
}
