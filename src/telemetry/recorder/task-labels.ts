import type { Redact } from '../../config/options.js';
import { ATTR, EVENT } from '../../semconv.js';
import type { LabelFacts } from '../../tasks/recorder/flight-writer.js';
import { locationOf } from '../../tasks/sites/source-maps.js';
import { placeAttributes, placeName, publicLocation } from '../errors/code-place.js';
import { release } from '../redaction.js';
import type { TaskLabel } from './timeline.js';

const WITHHELD = 'withheld';

/**
 * What tasks are called in what leaves the thread. `redact` sees each place once, as a record of its own, whose
 * attributes are what is told of it; where it drops that, the tasks of the place have no name.
 */
export function releasedLabels(
  labels: readonly LabelFacts[],
  redact: Redact | undefined,
): (label: number) => TaskLabel {
  const known = new Map<number, TaskLabel>();
  return (index) => {
    let label = known.get(index);
    if (label === undefined) {
      label = releasedLabel(labels[index], redact);
      known.set(index, label);
    }
    return label;
  };
}

function releasedLabel(facts: LabelFacts | undefined, redact: Redact | undefined): TaskLabel {
  if (facts === undefined) return { name: WITHHELD, attributes: {} };
  const location = facts.site && locationOf(facts.site);
  const site = location && publicLocation(location);
  const name =
    facts.name || (site && `anonymous (${site.file.split(/[\\/]/).pop()}:${site.line})`) || facts.kind;
  const record = release(redact, {
    eventName: EVENT.RECORDING_TASK,
    body: site ? `${name} (${placeName({ ...site, functionName: undefined })})` : name,
    severity: 'INFO',
    timeMs: Date.now(),
    attributes: {
      [ATTR.RECORDING_NAME]: name,
      ...(facts.kind !== '' &&
        facts.type !== '' && { [ATTR.TASK_KIND]: facts.kind, [ATTR.TASK_TYPE]: facts.type }),
      ...(site && placeAttributes(site)),
    },
  });
  if (record === undefined) return { name: WITHHELD, attributes: {} };
  const { [ATTR.RECORDING_NAME]: released, ...attributes } = record.attributes;
  return { name: typeof released === 'string' ? released : WITHHELD, attributes };
}

/** Where `redact` cannot be asked. */
export function withheldLabel(): TaskLabel {
  return { name: WITHHELD, attributes: {} };
}
