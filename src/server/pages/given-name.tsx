/**
 * A name that somebody gave themselves: cleaned, kept apart from the line around it, never bold.
 *
 * @module
 */

import { displayText } from './display-text.ts'

interface GivenNameProps {
  readonly text: string
  /** What stands there when nothing of the name can be shown. */
  readonly otherwise: string
}

/** The name, or what stands for it. */
export const GivenName = ({ text, otherwise }: GivenNameProps) => (
  <bdi class="given-name">{displayText(text) || otherwise}</bdi>
)
