import { warnOnce } from '../base/guard.js';
import { process } from '../base/process.js';

/** Under `createHook` a stack overflow cannot be caught there, and ends the process (CVE-2025-59466). */
const FIXED_IN: Readonly<Record<number, number>> = { 20: 20, 22: 22, 24: 13 };

export function warnOfOldNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const fixed = FIXED_IN[major];
  if (fixed === undefined || minor >= fixed) return;
  warnOnce(
    'old node',
    `Node ${major}.${minor} ends the process at a stack overflow while hooks are installed; use ${major}.${fixed} or newer.`,
  );
}
