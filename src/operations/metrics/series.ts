/**
 * Numbers with labels, as Prometheus reads them.
 *
 * A label takes one of the values that were named when the metric was made, and everything else is
 * `other`: what callers send can raise numbers, and never add a series. Quantiles and pushing are left
 * out on purpose; whoever scrapes computes the one and does without the other.
 *
 * @see {@link https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format | Text format}
 * @module
 */

/** The values that each label may take, by its name. */
export type Labels = Readonly<Record<string, readonly string[]>>

/** What becomes of a value that was not named. */
const OTHER = 'other'

/** What a metric is. */
export interface Description<L extends Labels> {
  readonly name: string
  readonly help: string
  readonly labels: L
}

/** The value of each label. */
export type Values<L extends Labels> = { readonly [N in keyof L]: string }

/** A metric, written out. */
export interface Written {
  write(): string | Promise<string>
}

/** Only ever goes up. */
export interface Counter<L extends Labels> extends Written {
  add(values: Values<L>, amount?: number): void
}

/** Goes up and down. */
export interface Gauge<L extends Labels> extends Written {
  set(values: Values<L>, value: number): void
}

/** Counts into buckets. */
export interface Histogram<L extends Labels> extends Written {
  observe(values: Values<L>, value: number): void
}

/** Finds the series of some values: its labels as they are written. */
function seriesOf<L extends Labels>(labels: L): (values: Values<L>) => string {
  const known = Object.entries(labels).map(([name, values]) => [name, new Set(values)] as const)
  return (values) =>
    known
      .map(([name, allowed]) => {
        const value = values[name] ?? OTHER
        return `${name}="${allowed.has(value) ? value : OTHER}"`
      })
      .join(',')
}

const braced = (labels: string) => (labels === '' ? '' : `{${labels}}`)

const head = (type: string, { name, help }: Description<Labels>) =>
  `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`

function single<L extends Labels>(type: 'counter' | 'gauge', description: Description<L>) {
  const find = seriesOf(description.labels)
  const series = new Map<string, number>()
  return {
    change(values: Values<L>, next: (before: number) => number) {
      const labels = find(values)
      series.set(labels, next(series.get(labels) ?? 0))
    },
    write: () =>
      head(type, description) +
      [...series].map(([of, value]) => `${description.name}${braced(of)} ${value}\n`).join(''),
  }
}

/** Makes a counter. */
export function counter<L extends Labels>(description: Description<L>): Counter<L> {
  const { change, write } = single('counter', description)
  return { write, add: (values, amount = 1) => change(values, (before) => before + amount) }
}

/** Makes a gauge. */
export function gauge<L extends Labels>(description: Description<L>): Gauge<L> {
  const { change, write } = single('gauge', description)
  return { write, set: (values, value) => change(values, () => value) }
}

interface Buckets {
  readonly counts: number[]
  sum: number
  count: number
}

/** Makes a histogram with these upper bounds, in ascending order. */
export function histogram<L extends Labels>(
  description: Description<L>,
  bounds: readonly number[],
): Histogram<L> {
  const find = seriesOf(description.labels)
  const series = new Map<string, Buckets>()
  return {
    observe(values, value) {
      const labels = find(values)
      const buckets = series.get(labels) ?? { counts: bounds.map(() => 0), sum: 0, count: 0 }
      const at = bounds.findIndex((bound) => value <= bound)
      if (at !== -1) buckets.counts[at] = (buckets.counts[at] ?? 0) + 1
      buckets.sum += value
      buckets.count += 1
      series.set(labels, buckets)
    },
    write: () =>
      head('histogram', description) +
      [...series]
        .map(([labels, buckets]) => writeBuckets(description.name, labels, buckets, bounds))
        .join(''),
  }
}

function writeBuckets(
  name: string,
  labels: string,
  { counts, sum, count }: Buckets,
  bounds: readonly number[],
): string {
  const before = labels === '' ? '' : `${labels},`
  let upTo = 0
  const lines = bounds.map((bound, at) => {
    upTo += counts[at] ?? 0
    return `${name}_bucket{${before}le="${bound}"} ${upTo}\n`
  })
  return [
    ...lines,
    `${name}_bucket{${before}le="+Inf"} ${count}\n`,
    `${name}_sum${braced(labels)} ${sum}\n`,
    `${name}_count${braced(labels)} ${count}\n`,
  ].join('')
}
