/** Chunks of an async generator through a transform, read with `for await`. */
import { Readable, Transform } from 'node:stream';
import { measure } from '../measure.js';

async function* source(chunks: number): AsyncGenerator<{ i: number }> {
  for (let i = 0; i < chunks; i++) yield { i };
}

await measure(async (chunks) => {
  const doubled = new Transform({
    objectMode: true,
    transform: (chunk: { i: number }, _, done) => done(null, { i: chunk.i * 2 }),
  });
  let sum = 0;
  for await (const { i } of Readable.from(source(chunks)).pipe(doubled)) sum += i;
  return sum;
});
