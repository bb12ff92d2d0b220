/** Compiles programs and runs them in this process, with every task of theirs noted. */
import { executionAsyncId } from 'node:async_hooks';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { monotonic } from '../../src/base/clock.js';
import { SelfCost } from '../../src/base/self-cost.js';
import { compile } from '../../src/compiler/compile.js';
import { CompiledProbe } from '../../src/probes/compiled/compiled-probe.js';
import { openSlot } from '../../src/probes/compiled/slot.js';
import { Effort } from '../../src/probes/effort.js';
import type { FunctionTask } from '../../src/tasks/function-task.js';
import { nameOfTask } from '../../src/tasks/names.js';
import { TaskRegistry } from '../../src/tasks/registry.js';
import { waitSite } from '../../src/tasks/sites/compiled-modules.js';
import { SiteBudget } from '../../src/tasks/sites/site-budget.js';
import { locationOf } from '../../src/tasks/sites/source-maps.js';
import type { Task, TaskScope } from '../../src/tasks/task.js';

let folder: string | undefined;
let written = 0;

/** Loads `source` as a module, compiled or as it is. */
export async function load<T>(source: string, compiled = true): Promise<T> {
  if (folder === undefined) {
    folder = mkdtempSync(join(tmpdir(), 'compiled-program-'));
    process.once('exit', () => rmSync(folder as string, { recursive: true, force: true }));
  }
  const path = join(folder, `program-${written++}.mjs`);
  const { href } = pathToFileURL(path);
  const result = compile({ source, file: href, format: 'module', language: 'js' });
  if ('unchanged' in result) throw new Error(`not compiled: ${result.unchanged}`);
  writeFileSync(path, compiled ? result.code : source);
  return (await import(href)) as T;
}

/** Notes the tasks of compiled functions from now on. */
export class CompiledTasks {
  readonly all: FunctionTask[] = [];
  readonly registry = new TaskRegistry(monotonic, executionAsyncId);
  readonly budget: SiteBudget;
  readonly #probe: CompiledProbe;

  constructor(sitesPerSecond = 1_000_000) {
    const scope: TaskScope = {
      closed: false,
      timers: new Set(),
      added: (task: Task) => void this.all.push(task as FunctionTask),
      ended() {},
      identity: () => undefined,
    };
    const place = { scope, spanId: '' };
    this.budget = new SiteBudget(monotonic, sitesPerSecond);
    this.#probe = new CompiledProbe(this.registry, new SelfCost(monotonic), {
      place: () => place,
      siteBudget: this.budget,
      effort: new Effort(false),
    });
    openSlot(this.#probe.calls);
    this.#probe.start();
  }

  stop(): void {
    this.#probe.stop();
  }

  named(name: string): FunctionTask[] {
    return this.all.filter((task) => nameOfTask(task) === name);
  }
}

export function siteLine(task: Task): number | undefined {
  return task.site && locationOf(task.site)?.line;
}

export function waitLine(task: FunctionTask): number | undefined {
  const site = waitSite(task.waitPlace);
  return site && locationOf(site)?.line;
}

/** The names of the tasks around one, nearest first. */
export function chainOf(task: Task): string[] {
  const chain: string[] = [];
  for (let at = task.parent; at !== undefined; at = at.parent) chain.push(nameOfTask(at));
  return chain;
}
