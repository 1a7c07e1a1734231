/**
 * JSON that every parser reads alike.
 *
 * `JSON.parse` keeps the last of two members with one name, other parsers the first; a member
 * `__proto__` becomes a prototype as soon as someone merges it. Both are refused at any depth.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8259#section-4 | RFC 8259 §4}
 * @module
 */

/** How JSON is read. */
export interface JsonLimits {
  /** How many arrays and objects may be open at once; 64 unless told. */
  readonly depth?: number
  /** Whether names that differ only in case count as the same, as some parsers have it. */
  readonly foldCase?: boolean
  /** Whether numbers that would not be written again as they were read are refused. */
  readonly exactNumbers?: boolean
}

/**
 * Parses JSON in linear time, refusing what parsers disagree on.
 *
 * @throws {SyntaxError} if it is not JSON, nests too deeply, names a member twice, has a member
 * `__proto__`, or a number that is refused. The message never quotes the text.
 */
export function parseJson(text: string, limits: JsonLimits = {}): unknown {
  checkStructure(text, limits)
  try {
    return JSON.parse(text)
  } catch {
    // The platform's message quotes the text, which may hold a secret; so it is no cause either.
    throw new SyntaxError('The text is not JSON.')
  }
}

/** The same of a text that may be anything: nothing if it is refused. */
export function parseJsonIfSound(text: string): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Walks over the text without recursion. What is not JSON is left to `JSON.parse` to refuse. */
function checkStructure(text: string, limits: JsonLimits): void {
  const { depth = 64, foldCase = false, exactNumbers = false } = limits
  // For each object that is open the names in it, for each array nothing.
  const open: (Set<string> | undefined)[] = []
  let nameComes = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '{' || character === '[') {
      if (open.length === depth) throw new SyntaxError('The JSON nests too deeply.')
      nameComes = character === '{'
      open.push(nameComes ? new Set() : undefined)
    } else if (character === '}' || character === ']') {
      open.pop()
      nameComes = false
    } else if (character === ',') {
      nameComes = open.at(-1) !== undefined
    } else if (character === '"') {
      const end = endOfString(text, at)
      if (nameComes) addName(open.at(-1), text.slice(at, end), foldCase)
      nameComes = false
      at = end - 1
    } else if (exactNumbers && isPartOfNumber(character)) {
      const end = endOfNumber(text, at)
      checkNumber(text.slice(at, end))
      at = end - 1
    }
  }
}

/** Where the string that begins at `start` is over. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

const isPartOfNumber = (character = '') => /^[-+.\deE]$/.test(character)

function endOfNumber(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && isPartOfNumber(text[at])) at++
  return at
}

/** Integers keep all of their digits, and nothing becomes zero, minus zero or infinite. */
function checkNumber(literal: string): void {
  const value = Number(literal)
  const isExact =
    value === 0
      ? !Object.is(value, -0) && !/^[^eE]*[1-9]/.test(literal)
      : Number.isFinite(value) &&
        (Number.isSafeInteger(value) || !/^-?\d+$/.test(literal) || String(value) === literal)
  // `true`, `false` and what is no number at all are for JSON.parse.
  if (!isExact && !Number.isNaN(value)) {
    throw new SyntaxError('The JSON has a number that would not arrive as it was sent.')
  }
}

function addName(names: Set<string> | undefined, literal: string, foldCase: boolean): void {
  const name = literal.includes('\\') ? parseName(literal) : literal.slice(1, -1)
  if (name === '__proto__') throw new SyntaxError('The JSON has a member __proto__.')
  // Through upper case, because some letters meet only there.
  const key = foldCase ? name.toUpperCase().toLowerCase() : name
  if (names?.has(key)) throw new SyntaxError('The JSON has two members with the same name.')
  names?.add(key)
}

function parseName(literal: string): string {
  try {
    return String(JSON.parse(literal))
  } catch {
    throw new SyntaxError('The text is not JSON.')
  }
}
