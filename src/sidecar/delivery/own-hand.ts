import type { ExportConfig, LastWords } from '../protocol.js';
import { CrashFile } from './crash-file.js';
import { parcelOf, requestsOf } from './requests.js';

/**
 * The dying thread itself writes its last words to the file, where the sidecar is not up yet, or did not answer in time.
 * Should that have written them too, they are sent twice. May throw.
 */
export function keepOwnWords(words: LastWords, config: ExportConfig): void {
  if (config.crashFile === undefined) return;
  new CrashFile(config.crashFile).keep([...requestsOf(parcelOf(words), config)]);
}
