/**
 * The look of the pages: every colour, size and distance as a custom property, and the sheets that
 * use them.
 *
 * A deployer's own look needs to set nothing but these properties. Fonts are the system's.
 *
 * @module
 */

import { formStyles } from './styles/form.ts'
import { pageStyles } from './styles/page.ts'
import { requestStyles } from './styles/request.ts'

/** Colours by day. */
export const lightColours = {
  ground: '#e9eeeb',
  sheet: '#ffffff',
  slip: '#f4f7f5',
  line: '#d3dcd7',
  edge: '#75857d',
  ink: '#14201b',
  'ink-soft': '#4b5b54',
  accent: '#0b6650',
  'accent-strong': '#084d3c',
  'on-accent': '#ffffff',
  'read-ink': '#2b5d6b',
  'change-ink': '#7a5200',
  'delete-ink': '#a3231f',
  'spend-ink': '#7b2a72',
  'offline-ink': '#3d4aa0',
  'warning-ink': '#5e4100',
  'warning-ground': '#fdf4dd',
  'warning-edge': '#c58b16',
  'problem-ink': '#8f1b18',
  'problem-ground': '#fdefed',
  'problem-edge': '#c2443d',
} as const

/** Colours by night. */
export const darkColours: { readonly [C in keyof typeof lightColours]: string } = {
  ground: '#0b110f',
  sheet: '#141c19',
  slip: '#101714',
  line: '#2a3731',
  edge: '#71837a',
  ink: '#e9f0ec',
  'ink-soft': '#a5b5ad',
  accent: '#5ccaa7',
  'accent-strong': '#86dcc0',
  'on-accent': '#06231a',
  'read-ink': '#8ec9d8',
  'change-ink': '#ecc06a',
  'delete-ink': '#ff9f97',
  'spend-ink': '#e5a0dc',
  'offline-ink': '#aab6ff',
  'warning-ink': '#f5d894',
  'warning-ground': '#272010',
  'warning-edge': '#b98a2c',
  'problem-ink': '#ffb4ad',
  'problem-ground': '#2c1715',
  'problem-edge': '#c4645c',
}

const properties = (colours: Readonly<Record<string, string>>) =>
  Object.entries(colours)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';')

const measures = `
  --sans: -apple-system, "Segoe UI Variable Text", "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", "Helvetica Neue", Arial, system-ui, sans-serif;
  --mono: ui-monospace, SFMono-Regular, Menlo, "Cascadia Mono", Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
  --space-1: .25rem; --space-2: .5rem; --space-3: .75rem; --space-4: 1rem;
  --space-5: 1.5rem; --space-6: 2rem; --space-7: 3rem;
  --corner: .625rem; --round: .9375rem;
  --control: 3rem;
`

/** The one stylesheet of all pages. */
export const stylesheet = `
:root{${properties(lightColours)};${measures}}
@media (prefers-color-scheme: dark){:root{${properties(darkColours)}}}
${pageStyles}${formStyles}${requestStyles}`
