import { describe, expect, it } from 'vitest'
import { darkColours, lightColours, stylesheet } from './styles.ts'

type Colour = keyof typeof lightColours

/** Text on what it stands on; WCAG 2.2 §1.4.3 asks for 4.5. */
const texts: readonly (readonly [Colour, readonly Colour[]])[] = [
  ['ink', ['ground', 'sheet', 'slip']],
  ['ink-soft', ['ground', 'sheet', 'slip']],
  ['accent', ['sheet', 'slip']],
  ['accent-strong', ['sheet', 'slip']],
  ['on-accent', ['accent', 'accent-strong']],
  ['read-ink', ['sheet']],
  ['change-ink', ['sheet']],
  ['offline-ink', ['sheet']],
  ['sheet', ['delete-ink', 'spend-ink']],
  ['warning-ink', ['warning-ground', 'slip', 'sheet']],
  ['problem-ink', ['problem-ground']],
]

/** The edges of controls and the focus ring; WCAG 2.2 §1.4.11 asks for 3. */
const edges: readonly (readonly [Colour, readonly Colour[]])[] = [
  ['edge', ['sheet']],
  ['problem-edge', ['sheet']],
  ['accent', ['sheet', 'slip', 'ground']],
]

describe.each([
  ['day', lightColours],
  ['night', darkColours],
] as const)('colours by %s', (_, colours) => {
  it('are far enough apart to read', () => {
    for (const [text, grounds] of texts) {
      for (const ground of grounds) {
        expect(contrast(colours[text], colours[ground]), `${text} on ${ground}`).toBeGreaterThan(
          4.5,
        )
      }
    }
  })

  it('show where a control ends and where the focus is', () => {
    for (const [edge, grounds] of edges) {
      for (const ground of grounds) {
        expect(contrast(colours[edge], colours[ground]), `${edge} on ${ground}`).toBeGreaterThan(3)
      }
    }
  })
})

describe('the stylesheet', () => {
  it('loads nothing', () => {
    expect(stylesheet).not.toMatch(/url\(|@import|@font-face/)
  })

  it('cannot end its own element', () => {
    expect(stylesheet).not.toContain('<')
  })

  it('takes every colour from a property that exists', () => {
    const used = new Set(
      Array.from(stylesheet.matchAll(/var\(--([a-z0-9-]+)\)/g), ([, name]) => name),
    )
    for (const name of used) expect(stylesheet).toMatch(new RegExp(`--${name}: ?[^;]+`))
    expect(stylesheet.slice(stylesheet.indexOf('*,*'))).not.toMatch(/#[0-9a-f]{3,6}\b/)
  })
})

/** The contrast ratio of WCAG 2.2. */
function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
