/** What is built, in which version, and how. A change here gives the build a new place in the cache. */
export interface Recipe {
  readonly version: string;
  /** The Go module whose own tree, `go.mod` and `go.sum` it is built from. */
  readonly module: string;
  readonly moduleVersion: string;
  /** Packages of the module, and the file each becomes. */
  readonly commands: Readonly<Record<string, string>>;
  readonly tags?: string;
  /** For a Collector: what the builder puts together. */
  readonly manifest?: Readonly<Record<string, readonly string[]>>;
  /** Arguments with which it prints something and ends: it must start before it is kept. */
  readonly check: readonly string[];
}

const CORE = 'go.opentelemetry.io/collector';
const CONTRIB = 'github.com/open-telemetry/opentelemetry-collector-contrib';
const COLLECTOR = 'v0.159.0';
const PROVIDERS = 'v1.65.0';

export const RECIPES = {
  // Jaeger 2 is published as a Go module under the version numbers of Jaeger 1.
  jaeger: recipe({
    version: 'v2.13.0',
    module: 'github.com/jaegertracing/jaeger',
    moduleVersion: 'v1.76.0',
    commands: { jaeger: './cmd/jaeger' },
    check: ['version'],
  }),
  otelcol: recipe({
    version: COLLECTOR,
    module: `${CORE}/cmd/builder`,
    moduleVersion: COLLECTOR,
    commands: { builder: '.' },
    manifest: {
      receivers: [`${CORE}/receiver/otlpreceiver ${COLLECTOR}`],
      exporters: [
        `${CORE}/exporter/otlphttpexporter ${COLLECTOR}`,
        `${CONTRIB}/exporter/fileexporter ${COLLECTOR}`,
      ],
      extensions: [`${CONTRIB}/extension/healthcheckextension ${COLLECTOR}`],
      providers: [
        `${CORE}/confmap/provider/envprovider ${PROVIDERS}`,
        `${CORE}/confmap/provider/fileprovider ${PROVIDERS}`,
        `${CORE}/confmap/provider/yamlprovider ${PROVIDERS}`,
      ],
    },
    check: ['components'],
  }),
  prometheus: recipe({
    version: 'v3.16.0',
    module: 'github.com/prometheus/prometheus',
    moduleVersion: 'v0.316.0',
    commands: { prometheus: './cmd/prometheus' },
    // Without the clients of twenty cloud providers.
    tags: 'remove_all_sd',
    check: ['--version'],
  }),
} as const;

function recipe(value: Recipe): Recipe {
  return value;
}
