import type { Destinations } from '../../config/export-destination.js';

/**
 * What is to be said of exporters that were configured in code: their address is a private matter of theirs, so that
 * the sidecar may send to another place. Nothing where the standard variables name a place that they read as well.
 */
export function exporterNotice(strangers: Iterable<string>, to: Destinations): string | undefined {
  const named = [...strangers].filter((name) => to.isDefault || !/^OTLP/.test(name)).sort();
  const url = to.traces?.url ?? to.logs?.url;
  if (named.length === 0 || url === undefined) return undefined;
  return (
    `spans leave through ${named.join(', ')}, configured in code, whose address cannot be seen; what the sidecar ` +
    `sends by itself goes to ${new URL(url).origin}: set \`crashExporter\` where that is another place`
  );
}
