/**
 * What a row of a work says: undefined where it is not known. `when` tells what needs a machine of one's
 * own. Works that count other things than requests say so by their `kind`.
 */

const round = (value) => Math.round(value).toLocaleString('en')
const milliseconds = (micros) => (micros / 1000).toFixed(micros < 10_000 ? 2 : 1)
const micros = (value) => value.toFixed(value < 100 ? 1 : 0)

const ratio = { title: '× the limit', text: ({ ratioToLimit }) => ratioToLimit?.toFixed(2) }
const memory = {
  title: 'peak MB',
  text: ({ peakMegabytes }) => peakMegabytes && round(peakMegabytes),
}
const rates = [
  { title: 'a second: median', when: 'quiet', text: ({ perSecond }) => round(perSecond) },
  { title: 'best', when: 'quiet', text: ({ bestPerSecond }) => round(bestPerSecond) },
]
const comparedWithFirst = [
  {
    title: 'CPU, × the first',
    when: 'busy',
    text: ({ cpuMicros }, first) => cpuMicros && (cpuMicros / first.cpuMicros).toFixed(2),
  },
  {
    title: 'rate, × the first',
    when: 'busy',
    text: ({ perSecond }, first) => (perSecond / first.perSecond).toFixed(2),
  },
]
const latencies = [
  { title: 'p50 ms', when: 'quiet', text: ({ p50Micros }) => p50Micros && milliseconds(p50Micros) },
  { title: 'p99 ms', when: 'quiet', text: ({ p99Micros }) => p99Micros && milliseconds(p99Micros) },
]
const failures = {
  title: 'failed',
  text: ({ failed, requests }) => requests && `${round(failed)} of ${round(requests)}`,
}

const kinds = {
  requests: [
    {
      title: 'CPU µs a request',
      when: 'quiet',
      text: ({ cpuMicros }) => cpuMicros && round(cpuMicros),
    },
    ratio,
    ...[...rates, ...latencies, ...comparedWithFirst],
    ...[memory, failures],
  ],
  guards: [
    {
      title: 'CPU µs a request',
      when: 'quiet',
      text: ({ cpuMicros }) => micros(cpuMicros),
    },
    {
      title: 'of it the guard’s',
      when: 'quiet',
      text: ({ contestant, addedMicros }) =>
        contestant === 'bare' ? undefined : micros(addedMicros),
    },
    ratio,
    ...[...rates, ...latencies, ...comparedWithFirst],
    ...[memory, failures],
  ],
  windows: [
    { title: 'p50 ms', text: ({ p50Micros }) => milliseconds(p50Micros) },
    { title: 'of it added', text: ({ addedMicros }) => addedMicros && milliseconds(addedMicros) },
    { title: 'p99 ms', when: 'quiet', text: ({ p99Micros }) => milliseconds(p99Micros) },
    {
      title: 'CPU µs a call',
      when: 'quiet',
      text: ({ cpuMicros }) => cpuMicros && round(cpuMicros),
    },
    {
      title: 'start to the first answers, ms',
      text: ({ startMicros }) => startMicros && milliseconds(startMicros),
    },
  ],
  operations: [
    { title: 'CPU µs each', when: 'quiet', text: ({ cpuMicros }) => micros(cpuMicros) },
    ratio,
    ...rates,
    { title: 'p50 µs', when: 'quiet', text: ({ p50Micros }) => micros(p50Micros) },
    { title: 'p99 µs', when: 'quiet', text: ({ p99Micros }) => micros(p99Micros) },
    ...comparedWithFirst,
    memory,
  ],
}

/** The columns of a work. */
export const columnsOf = ({ kind = 'requests' }) => kinds[kind]
