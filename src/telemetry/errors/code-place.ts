import { relative, sep } from 'node:path';
import { process } from '../../base/process.js';
import { ATTR } from '../../semconv.js';
import type { CodeLocation, EventRecord } from '../../types.js';

/** A location without what may be secret in a URL: user, query and fragment; of a `data:` URL only that it is one. */
export function publicLocation(location: CodeLocation): CodeLocation {
  return { ...location, file: publicFile(location.file) };
}

function publicFile(file: string): string {
  if (/^(data|blob):/.test(file)) return `${file.slice(0, 4)}:`;
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(file)) return file.replace(/\?.*$/s, '');
  return file.replace(/[?#].*$/s, '').replace(/^([^/]+:\/\/)[^/]*@/, '$1');
}

/** `checkout (src/cart.ts:12:9)`, with the path as seen from the working directory where it lies below. */
export function placeName({ functionName, file, line, column }: CodeLocation): string {
  const place = `${shortFile(file)}:${line}:${column}`;
  return functionName ? `${functionName} (${place})` : place;
}

function shortFile(file: string): string {
  try {
    const path = relative(process.cwd(), file);
    return path.startsWith('..') || path.startsWith(sep) || !file.startsWith(sep) ? file : path;
  } catch {
    return file; // the working directory is gone
  }
}

/** The line to go to, as attributes. */
export function placeAttributes(location: CodeLocation): EventRecord['attributes'] {
  const { functionName, file, line, column } = location;
  return {
    ...(functionName ? { [ATTR.CODE_FUNCTION_NAME]: functionName } : undefined),
    [ATTR.CODE_FILE_PATH]: file,
    [ATTR.CODE_LINE_NUMBER]: line,
    [ATTR.CODE_COLUMN_NUMBER]: column,
  };
}
