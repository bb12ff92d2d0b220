/**
 * CommonJS in every form that Node's lexer (cjs-module-lexer) takes the names of exports from, each beside an async
 * function, and a program that prints the names that an import finds.
 */
const DEP = 'modules-lexed-dep.cjs';
const REQUIRE = `require('./${DEP}')`;
const REQUIRED = `var _dep = ${REQUIRE}; var _names = { q: true };`;
const GUARD = 'if (key === "default" || key === "__esModule") return;';
const GETTER =
  'Object.defineProperty(exports, key, { enumerable: true, get: function () { return _dep[key]; } });';
const BINDING =
  'function bind(o, m, k) { Object.defineProperty(o, k, { enumerable: true, get: function () { return m[k]; } }) }';

const each = (body: string) => `${REQUIRED}\nObject.keys(_dep).forEach(function (key) { ${body} });`;

const FORMS = [
  "exports.a = f; exports['b'] = f(); exports.c = exports.d = void 0; module.exports.e = async () => { await f() };",
  'async function g() { exports.inner = await f(); return module.exports.other = f() } exports.g = g;',
  'const g = async () => exports.arrow = await f(), h = () => exports.plain = f();',
  "module.exports = { f, 'quoted': f, g: f };",
  'module.exports = async function main() { await f() }; module.exports.more = f;',
  `module.exports = { f, ...${REQUIRE} };`,
  `module.exports = ${REQUIRE};`,
  `(function () { module.exports = ${REQUIRE} })();`,
  'module.exports = g; 0 && (module.exports = { f, g }); async function g() { await f() }',
  "Object.defineProperty(exports, 'a', { value: f() }); Object.defineProperty(module.exports, 'b', { enumerable: true, value: f });",
  `${REQUIRED} Object.defineProperty(exports, 'x', { enumerable: true, get: function () { return _dep.x; } });`,
  `${REQUIRED} Object.defineProperty(exports, 'x', { enumerable: true, get() { return _dep.x; } });`,
  `${REQUIRED} Object.defineProperty(exports, 'x', { enumerable: true, get: function get() { return _dep['x']; } });`,
  "function g() { Object.defineProperty(exports, 'a', { enumerable: true, value: f() }); } g();",
  `function __export(m) { for (var p in m) if (!exports.hasOwnProperty(p)) exports[p] = m[p]; } __export(${REQUIRE});`,
  `${BINDING} var __exportStar = function (m, exports) { for (var p in m) if (p !== "default" && !Object.prototype.hasOwnProperty.call(exports, p)) bind(exports, m, p); }; __exportStar(${REQUIRE}, exports);`,
  `const tslib = { __exportStar(m, to) { Object.assign(to, m) } }; tslib.__exportStar(${REQUIRE}, exports); (0, tslib.__exportStar)(${REQUIRE}, exports);`,
  `function _interopRequireWildcard(m) { return m && f(m) && m } var _dep = _interopRequireWildcard(${REQUIRE}); Object.keys(_dep).forEach(function (key) { ${GUARD} ${GETTER} });`,
  each(`${GUARD} ${GETTER}`),
  each(`${GUARD} exports[key] = _dep[key];`),
  each(`${GUARD} if (Object.prototype.hasOwnProperty.call(_names, key)) return; ${GETTER}`),
  each(`${GUARD} if (key in exports && exports[key] === _dep[key]) return; ${GETTER}`),
  each(
    `${GUARD} if (Object.prototype.hasOwnProperty.call(_names, key)) return; if (key in exports && exports[key] === _dep[key]) return; ${GETTER}`,
  ),
  each("if (key !== 'default') exports[key] = _dep[key];"),
  each("if (key !== 'default' && !exports.hasOwnProperty(key)) exports[key] = _dep[key];"),
  each("if (key !== 'default' && !_names.hasOwnProperty(key)) exports[key] = _dep[key];"),
  each(
    "if (key !== 'default' && !Object.prototype.hasOwnProperty.call(exports, key)) exports[key] = _dep[key];",
  ),
  each(`if (key !== 'default' && !Object.prototype.hasOwnProperty.call(exports, key)) ${GETTER}`),
  `var __defProp = Object.defineProperty; var __export = (target, all) => { for (var name in all) __defProp(target, name, { get: all[name], enumerable: true }); }; var e = {}; __export(e, { f: () => f, g: () => g }); module.exports = e; async function g() { await f() } 0 && (module.exports = { f, g });`,
];

export function lexedModules(): Record<string, string> {
  const modules = FORMS.map((form, number): [string, string] => [
    `modules-lexed-${number}.cjs`,
    `"use strict"; async function f() { await 0 }\n${form}\n`,
  ]);
  return {
    ...Object.fromEntries(modules),
    [DEP]: 'exports.x = 1; exports.y = 2;\n',
    'lexed.mjs': `const name = async (n) => Object.keys(await import(\`./modules-lexed-\${n}.cjs\`)).join();
for (let n = 0; n < ${FORMS.length}; n++) console.log(n, await name(n));\n`,
  };
}
