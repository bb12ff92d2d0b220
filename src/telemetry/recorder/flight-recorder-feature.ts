import type { Feature } from '../../feature.js';

/** The flight recorder, which runs while debug mode does. */
export const flightRecorder: Feature = {
  name: 'flight recorder',
  options: ['debug', 'spans.enabled', 'recorder.enabled', 'recorder.seconds', 'redact'],
  wants: (options) => options.debug && options['spans.enabled'] && options['recorder.enabled'],
  start: ({ flight, options, onSlowTick }) => {
    const stops = [flight.start(options), onSlowTick(() => flight.setClock())];
    return {
      update: (changed) => flight.update(changed),
      stop() {
        for (const stop of stops) stop();
      },
    };
  },
};
