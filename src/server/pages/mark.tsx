/**
 * The drawings: Warder's mark, and the signs that stand beside words and never instead of them.
 *
 * The mark is the chess rook with an open gate; the oldest rooks that survive are called warders.
 *
 * @module
 */

/** Warder's mark. */
export const Mark = () => (
  <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <path d="M5.5 3H10v4h3.75V3h4.5v4H22V3h4.5v9L23 14.5 24 24h-5v-4.5a3 3 0 0 0-6 0V24H8l1-9.5L5.5 12zM5.5 25.75h21V29h-21z" />
  </svg>
)

const signs = {
  read: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM10 8a2 2 0 1 1-4 0 2 2 0 0 1 4 0z',
  change: 'M10.5 3 13 5.5 5.5 13 2.5 13.5 3 10.5zM9 4.5 11.5 7',
  delete: 'M2.5 4.5h11M6 4.5v-2h4v2M4 4.5l.6 9h6.8l.6-9M6.7 7v4M9.3 7v4',
  spend: 'M2 4.5h12v8H2zM2 7.5h12M4.5 10.2h2.5',
  offline: 'M13.2 9.8A5.6 5.6 0 0 1 6.2 2.8a5.6 5.6 0 1 0 7 7z',
  verified: 'M3.5 8.5 6.5 11.5 12.5 4.5',
  unverified: 'M5.6 6a2.4 2.4 0 1 1 3.5 2.1C8.4 8.5 8 9 8 9.8M8 12.4v.1',
  warning: 'M8 2 14.5 13.5h-13zM8 6.5v3.2M8 11.5v.1',
} as const

/** The name of a sign. */
export type SignName = keyof typeof signs

/** A sign drawn in the colour of the text around it. */
export const Sign = ({ name }: { readonly name: SignName }) => (
  <svg class="sign" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
    <path d={signs[name]} />
  </svg>
)
