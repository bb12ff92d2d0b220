/** What the process may do, asked before it is done: without the right, some of it aborts the process. */

import { process } from '../base/process.js';

type Permission = { has(scope: string, reference?: string): boolean } | undefined;

function has(permission: Permission, scope: string): boolean {
  if (permission === undefined) return true;
  try {
    return permission.has(scope);
  } catch {
    return false;
  }
}

export interface Rights {
  mayStartWorkers: boolean;
  /** `inspector.Session#connectToMainThread` without this right ends the process, on every Node until 26. */
  mayInspect: boolean;
}

export function askRights(permission = (process as { permission?: Permission }).permission): Rights {
  return { mayStartWorkers: has(permission, 'worker'), mayInspect: has(permission, 'inspector') };
}
