/**
 * Time and chance, passed in so that tests can set them.
 *
 * Nothing in `src/` calls `Date.now()` or a random generator except {@link systemPlatform}.
 *
 * @module
 */

/** What Warder needs of the machine that it must not reach for by itself. */
export interface Platform {
  /** The time, in milliseconds since the epoch. */
  now(): number
  /** Bytes from a cryptographically secure generator. */
  random(length: number): Uint8Array
}

/** The machine's own clock and generator. */
export const systemPlatform: Platform = {
  now: () => Date.now(),
  random: takeRandom,
}

/** Asking the generator costs the same for 16 bytes as for thousands. */
const DRAWN_BYTES = 4096
let drawn = new Uint8Array(0)

/** Bytes that were drawn ahead; whatever is handed out is wiped here. */
function takeRandom(length: number): Uint8Array {
  if (length > DRAWN_BYTES / 8) return crypto.getRandomValues(new Uint8Array(length))
  if (drawn.length < length) drawn = crypto.getRandomValues(new Uint8Array(DRAWN_BYTES))
  const taken = drawn.slice(0, length)
  drawn.fill(0, 0, length)
  drawn = drawn.subarray(length)
  return taken
}

/** A random URL-safe string of `bytes` bytes of entropy (256 bits unless told). */
export function randomToken(platform: Platform, bytes = 32): string {
  const { buffer, byteOffset, length } = platform.random(bytes)
  return Buffer.from(buffer, byteOffset, length).toString('base64url')
}

/** Digits of a time in base 32: enough until the year 3084. */
const TIME_DIGITS = 9

/** Milliseconds since the epoch, as text that sorts as they do. */
const sortable = (milliseconds: number): string =>
  Math.max(0, Math.floor(milliseconds)).toString(32).padStart(TIME_DIGITS, '0')

/** The last time that was written. Many ids are made in one millisecond. */
let written = { at: 0, text: sortable(0) }

function sortableNow(now: number): string {
  if (now !== written.at) written = { at: now, text: sortable(now) }
  return written.text
}

/** Chance as text, drawn ahead. For ids only: what is secret is not left lying about. */
let chance = ''
const CHANCE_BYTES = 3072

/** As {@link randomToken}, for what is no secret. */
function idChance(platform: Platform, bytes: number): string {
  if (platform !== systemPlatform) return randomToken(platform, bytes)
  const length = Math.ceil((bytes * 4) / 3)
  if (chance.length < length) chance = randomToken(platform, CHANCE_BYTES)
  const taken = chance.slice(0, length)
  chance = chance.slice(length)
  return taken
}

/** How many ids this process has made; tells those of one millisecond apart, in their order. */
let made = 0
const MADE_DIGITS = 4

/**
 * An id that sorts, by code point, behind all that this process made before it, and among those of
 * others by their clocks. What comes after the order is `bytes` of chance, 80 bits unless told.
 */
export function orderedId(platform: Platform, bytes = 10): string {
  made = (made + 1) % 32 ** MADE_DIGITS
  const count = made.toString(32).padStart(MADE_DIGITS, '0')
  return `${sortableNow(platform.now())}${count}${idChance(platform, bytes)}`
}

/**
 * An id for what belongs together, in the log and in tokens. Ordered, so that an index of them grows at
 * its end: at random places, each event would write a page of its own.
 */
export const newCorrelationId = (platform: Platform): string => orderedId(platform, 6)

/** A text that sorts before every {@link orderedId} of a time or later, and after every earlier one. */
export const orderedIdsFrom = (milliseconds: number): string => sortable(milliseconds)
