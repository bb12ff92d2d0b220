import type { Task } from './task.js';

const SAME_END_MS = 1;

/**
 * `new Promise((resolve) => setTimeout(resolve, 10))` is one operation: the promise ends with the one resource it
 * wraps, or later in the same turn of the event loop, however long the code takes that runs in between.
 */
export function saysTheSame(resource: Task, promise: Task): boolean {
  if (promise.wrapped !== 1) return false;
  if (!resource.ended || !promise.ended) return resource.ended === promise.ended;
  const early = promise.endMs < resource.endMs - resource.busyMs - SAME_END_MS;
  const late = promise.endMs > resource.endMs + SAME_END_MS && promise.endTurn !== resource.endTurn;
  return (resource.outcome === 'completed' || resource.runs > 0) && !early && !late;
}
