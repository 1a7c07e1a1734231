/**
 * Hosts as the reader meets them: whole, in ASCII, in letters that cannot be mistaken.
 *
 * A host is never cut short: the end of a host says whose it is, and the start is where an
 * impostor writes a name that you know.
 *
 * @module
 */

import { type Destination, parseDestination } from './destination.ts'

/** How many characters fit on one line wherever a host is shown. */
const ONE_LINE = 21

/** The host of a destination, and a warning where it could be read as another. */
export const Host = ({ destination, big }: { destination: Destination; big?: boolean }) => (
  <>
    <span class={big === true ? 'host host-big' : 'host'}>
      {destination.name.length <= ONE_LINE ? destination.name : breakable(destination.name)}
    </span>
    {destination.imitable ? (
      <span class="note note-warning">
        This address is written in another alphabet and may imitate a name you know.
      </span>
    ) : null}
  </>
)

/** The host of an address. */
export const HostOf = ({ address, big = false }: { address: string; big?: boolean }) => (
  <Host destination={parseDestination(address)} big={big} />
)

/** Lets a long host break after its dots: a line that ends in a dot is seen to go on. */
const breakable = (host: string) => {
  const labels = host.split('.')
  const last = labels.pop()
  return [
    ...labels.map((label) => (
      <>
        {label}.<wbr />
      </>
    )),
    last,
  ]
}
