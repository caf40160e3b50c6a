/** Counters and durations by name. Code counts always; prom-client is loaded only by who serves `/metrics`. */

export type Labels = Readonly<Record<string, string>>;

/** What a room needs to count. */
export interface Metrics {
  /** One more. */
  count(name: string, labels?: Labels): void;
  /** A duration in seconds. */
  observe(name: string, seconds: number, labels?: Labels): void;
  /** A value that goes up and down. */
  set(name: string, value: number, labels?: Labels): void;
}

export interface MetricDefinition {
  readonly type: 'counter' | 'histogram' | 'gauge';
  readonly help: string;
  readonly labels: readonly string[];
  /** Of a histogram, in seconds. */
  readonly buckets?: readonly number[];
}

/** Names and what they mean; what is not declared here is a mistake of ours. */
export type MetricTable = Readonly<Record<string, MetricDefinition>>;

const nothing = (): void => {};

/** Counts nothing. */
export const noMetrics: Metrics = { count: nothing, observe: nothing, set: nothing };

export interface MetricsRegistry extends Metrics {
  /** The text format that Prometheus reads, with Node's own figures. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** @throws RangeError when something is counted that `table` does not declare */
export async function createMetrics(table: MetricTable): Promise<MetricsRegistry> {
  const { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } = await import('prom-client');
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counters = new Map<string, InstanceType<typeof Counter<string>>>();
  const histograms = new Map<string, InstanceType<typeof Histogram<string>>>();
  const gauges = new Map<string, InstanceType<typeof Gauge<string>>>();
  for (const [name, { type, help, labels, buckets }] of Object.entries(table)) {
    const common = { name, help, labelNames: [...labels], registers: [registry] };
    if (type === 'counter') counters.set(name, new Counter(common));
    else if (type === 'gauge') gauges.set(name, new Gauge(common));
    else histograms.set(name, new Histogram({ ...common, ...(buckets && { buckets: [...buckets] }) }));
  }
  return {
    count: (name, labels = {}) => declared(counters, name).inc(labels),
    observe: (name, seconds, labels = {}) => declared(histograms, name).observe(labels, seconds),
    set: (name, value, labels = {}) => declared(gauges, name).set(labels, value),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function declared<T>(metrics: ReadonlyMap<string, T>, name: string): T {
  const metric = metrics.get(name);
  if (!metric) throw new RangeError(`metrics: "${name}" is not declared`);
  return metric;
}
