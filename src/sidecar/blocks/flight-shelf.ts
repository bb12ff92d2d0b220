import type { FlightMemory } from '../../tasks/recorder/flight-memory.js';

/** Where the worker keeps the main thread's flight recorder, for when a block is to be told of. */
export const flightShelf: { memory: FlightMemory | undefined; seconds: number } = {
  memory: undefined,
  seconds: 0,
};
