/**
 * Reading a body whose length nobody vouches for.
 *
 * @module
 */

/** The parts of a stream of bytes that reading it needs; those of the platform and of undici have it. */
export interface ByteStream {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
    cancel(): Promise<unknown>
  }
}

/**
 * The whole body, or nothing if it is longer than `maxBytes`.
 *
 * Counts what arrives, after decompression, and stops at the first byte too many.
 */
export async function readBounded(
  body: ByteStream | null,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = body?.getReader()
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    length += part.value.byteLength
    // Worded so that a bound that is not a number lets nothing through.
    if (!(length <= maxBytes)) {
      await reader?.cancel()
      return undefined
    }
    chunks.push(part.value)
  }
  return joined(chunks, length)
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes
}
