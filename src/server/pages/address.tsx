/**
 * Whole addresses as the reader meets them: of servers, with what stands behind the host.
 *
 * @module
 */

import { displayText } from './display-text.ts'

/** An address that may break before its slashes, and not within a word. */
export const Address = ({ address }: { readonly address: string }) => (
  <span class="host">
    {displayText(address, 400)
      .split(/(?<=[^/])(?=\/[^/])/)
      .map((part) => (
        <>
          {part}
          <wbr />
        </>
      ))}
  </span>
)
