import type { CompileInput, CompileResult, OriginalSource } from '../compiler/compile.js';
import { FunctionNames } from '../tasks/sites/function-names.js';
import type { Reading, Reason } from './candidate.js';
import { MapReader } from './map-reader.js';
import { composeMaps, type SourceMap, toSourceMap } from './source-map.js';

export type Compile = (input: CompileInput) => CompileResult;

export interface TextToCompile {
  text: string;
  /** The ways to read it, one after the other until it parses. */
  readings: readonly Reading[];
  /** Of the text, where that was made from something else; its sources are relative to `folder`. */
  inner: SourceMap | undefined;
  folder: string;
  /** Whether somebody else puts the maps of all steps together: ours is then of the last step alone. */
  onlyLastStep?: boolean;
  /** How sites name a file that `inner` leads to; as a path where not given. */
  nameOf?(file: string): string;
  /** How a map beside the text names it. */
  own: string;
  /** What sites name as their file where there is no other source. */
  shown(reading: Reading): string;
}

export interface CompiledText {
  code: string;
  /** From the code to the first sources, or to the text that was given. */
  map: SourceMap;
  functions: number;
  awaits: number;
}

/** Never throws. */
export function compileText(compile: Compile, given: TextToCompile): CompiledText | Reason {
  const { text, readings, inner, own, shown } = given;
  try {
    const original = inner && originalIn(text, inner, given);
    for (const reading of readings) {
      const result = compile({ source: text, file: shown(reading), ...reading, original });
      if (!('unchanged' in result)) {
        const { code, functions, awaits } = result;
        const map = toSourceMap(result.map);
        return {
          code,
          map: inner && !given.onlyLastStep ? composeMaps(map, inner) : { ...map, sources: [own] },
          functions,
          awaits,
        };
      }
      if (result.unchanged === 'nothing to do') return 'nothing asynchronous';
      if (!result.unchanged.startsWith('SyntaxError')) return 'refused';
    }
    return 'not parsed';
  } catch {
    return 'error';
  }
}

function originalIn(text: string, inner: SourceMap, { folder, nameOf }: TextToCompile): OriginalSource {
  const reader = new MapReader(inner, folder);
  // most modules are not compiled, and ask for none
  let names: FunctionNames | undefined;
  return {
    placeOf(line, column) {
      const place = reader.find(line, column);
      return place && nameOf ? { ...place, file: nameOf(place.file) } : place;
    },
    nameOf(name, line, column) {
      if (names === undefined) {
        names = new FunctionNames(text, reader.names());
        while (!names.step());
      }
      return names.find(line, column, name) ?? name;
    },
  };
}
