import type { Resource } from '../../otlp/messages.js';
import { fromKeyValues } from '../../otlp/values.js';
import { clean } from './text.js';

const NAME_LIMIT = 60;

export function serviceOf(resource: Resource | undefined): string {
  const name = fromKeyValues(resource?.attributes).get('service.name');
  return (typeof name === 'string' && clean(name, NAME_LIMIT)) || 'unknown service';
}
