/** The modules of one run: loads, links and evaluates them, for static and dynamic imports. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import vm from 'node:vm';
import type { End, Transform } from './execution.js';

type Importer = (specifier: string, script: unknown, attributes: { type?: string }) => Promise<vm.Module>;

export class ModuleGraph {
  readonly #modules = new Map<string, vm.Module>();
  readonly #linking = new Map<vm.Module, Promise<void>>();

  constructor(
    private readonly context: vm.Context,
    private readonly transform: Transform,
  ) {}

  async run(file: string, source: string): Promise<End> {
    let module: vm.Module;
    try {
      module = this.#add(file, source);
    } catch (thrown) {
      return { phase: 'parse', thrown };
    }
    try {
      await this.#link(module);
    } catch (thrown) {
      return { phase: 'link', thrown };
    }
    try {
      await module.evaluate({ timeout: 10_000 });
      return { phase: 'completed' };
    } catch (thrown) {
      return { phase: 'run', thrown };
    }
  }

  /** What `import()` in a script or module calls. */
  importFrom(from: string): Importer {
    return async (specifier, _script, attributes) => {
      const module = this.#load(specifier, from, attributes);
      await this.#link(module);
      // who imports a module that is being evaluated waits with it
      if (module.status === 'linked') await module.evaluate();
      else if (module.status === 'evaluating') await module.evaluate().catch(() => undefined);
      return module;
    };
  }

  #load(specifier: string, from: string, attributes: { type?: string } = {}): vm.Module {
    const file = resolve(dirname(from), specifier);
    const known = this.#modules.get(`${file} ${attributes.type ?? ''}`);
    if (known) return known;
    const source = readFileSync(file, 'utf8');
    return attributes.type === undefined
      ? this.#add(file, source)
      : this.#addData(file, source, attributes.type);
  }

  #add(file: string, source: string): vm.Module {
    const importModuleDynamically = this.importFrom(file);
    const module = new vm.SourceTextModule(this.transform(source, file, 'module'), {
      context: this.context,
      identifier: file,
      initializeImportMeta: (meta: ImportMeta) => {
        meta.url = `file://${file}`;
      },
      importModuleDynamically: importModuleDynamically as never,
    });
    this.#modules.set(`${file} `, module);
    return module;
  }

  #addData(file: string, source: string, type: string): vm.Module {
    const value = type === 'json' ? vm.runInContext('JSON.parse', this.context)(source) : source;
    const module = new vm.SyntheticModule(['default'], () => module.setExport('default', value), {
      context: this.context,
      identifier: file,
    });
    this.#modules.set(`${file} ${type}`, module);
    return module;
  }

  #link(module: vm.Module): Promise<void> {
    if (module.status !== 'unlinked' && module.status !== 'linking') return Promise.resolve();
    let linking = this.#linking.get(module);
    if (linking === undefined) {
      linking = module.link((specifier, from, extra) =>
        this.#load(specifier, from.identifier, (extra as { attributes?: { type?: string } }).attributes),
      );
      this.#linking.set(module, linking);
    }
    return linking;
  }
}
