/**
 * What a server says, read as messages. What is none is passed over, and said once in a while.
 *
 * @module
 */

import { RpcError } from '../protocol/json-rpc.ts'
import { type Carried, readServerText } from './message.ts'

/** Makes a reader of texts. */
export function serverReader(tell: (text: string) => void): (text: string) => readonly Carried[] {
  let dropped = 0
  return (text) => {
    // An event that only says where its stream is.
    if (text === '') return []
    try {
      return readServerText(text)
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      dropped += 1
      // 1, 2, 4, 8 …: a server that sends nothing else must not flood the log.
      if (Number.isInteger(Math.log2(dropped))) {
        tell(`The server sent what is no message (${dropped} so far). ${error.message}`)
      }
      return []
    }
  }
}
