/** How a target is said, and whether it holds. */

export const times = (value) => `${value.toFixed(2)} ×`
export const perSecond = (value) => `${Math.round(value).toLocaleString('en')} a second`
export const micros = (value) => `${value.toFixed(1)} µs`

/** How many times as much one does for the processor time of another. */
export const cheaper = (one, other) => other.cpuMicros / one.cpuMicros

export function atLeast(target, value, least) {
  return { target, reached: times(value), holds: value >= least }
}

/** @param say How the value is written. */
export function atMost(target, value, most, say = times) {
  return { target, reached: say(value), holds: value <= most }
}
