/** Chance that can be had again: one seed replays every decision of a run. */

/** A generator from a text seed (mulberry32 over FNV-1a): good enough to choose victims and moments. */
export class Random {
  #state

  constructor(seed) {
    this.seed = String(seed)
    let hash = 0x811c9dc5
    for (const unit of Buffer.from(this.seed)) hash = Math.imul(hash ^ unit, 0x01000193) >>> 0
    this.#state = hash
  }

  /** A generator of its own for a part, so that the parts do not take from each other. */
  fork(name) {
    return new Random(`${this.seed}/${name}`)
  }

  /** From 0 up to, not including, 1. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  chance(probability) {
    return this.next() < probability
  }

  /** A whole number from `least` to `most`, both included. */
  between(least, most) {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  pick(list) {
    return list[Math.floor(this.next() * list.length)]
  }
}
