/**
 * What a child says: messages on stdout, log lines on stderr.
 *
 * The next chunk is read when the last one has been dealt with, so a slow consumer slows the child
 * down and nothing piles up here.
 *
 * @module
 */

import type { Readable } from 'node:stream'
import { LineSplitter, type Piece } from '../../../protocol/line-framing.ts'
import { readMessage } from '../../../protocol/message-framing.ts'
import type { ChildOptions } from './child.ts'
import { LogRedactor } from './log-redaction.ts'

const DEFAULT_MAX_LINE_BYTES = 4 * 1024 * 1024
const MAX_LOG_LINE_BYTES = 8 * 1024

type Consumer = Pick<ChildOptions, 'maxLineBytes' | 'onMessage' | 'onDrop'>

/** Reads messages until the stream ends or is destroyed. Rejects with what the consumer throws. */
export async function readMessages(stdout: Readable, consumer: Consumer): Promise<void> {
  const splitter = new LineSplitter(consumer.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES)
  let dropped = 0
  for await (const piece of pieces(stdout, splitter)) {
    const framed = readMessage(piece)
    if (framed.kind === 'message') await consumer.onMessage(framed.message)
    if (framed.kind !== 'drop') continue
    dropped += 1
    // 1, 2, 4, 8 …: a child that writes nothing but garbage must not flood the log too.
    if (Number.isInteger(Math.log2(dropped))) {
      consumer.onDrop?.(`${framed.reason} (${dropped} dropped so far)`)
    }
  }
}

type LogConsumer = Pick<ChildOptions, 'env' | 'onStderr'>

/** Reads log lines until the stream ends or is destroyed, also when nobody wants to hear them. */
export async function readLog(stderr: Readable, consumer: LogConsumer): Promise<void> {
  const splitter = new LineSplitter(MAX_LOG_LINE_BYTES)
  const redactor = new LogRedactor(Object.values(consumer.env ?? {}))
  const decoder = new TextDecoder()
  for await (const piece of pieces(stderr, splitter)) {
    const line =
      piece.kind === 'line'
        ? redactor.redact(decoder.decode(piece.bytes).trimEnd())
        : `[a line of ${piece.length} bytes is too long]`
    if (line) consumer.onStderr?.(line)
  }
}

async function* pieces(stream: Readable, splitter: LineSplitter): AsyncGenerator<Piece> {
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('The stream must not be decoded.')
    yield* splitter.push(chunk)
  }
  yield* splitter.end()
}
