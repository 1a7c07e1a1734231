/**
 * Events to a syslog server.
 *
 * A Unix socket is a stream here: Node cannot send datagrams to one, so `/dev/log` is out of reach.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5424 | RFC 5424}
 * @module
 */

import { connect as connectTcp } from 'node:net'
import { hostname } from 'node:os'
import { connect as connectTls } from 'node:tls'
import type { ExportContext, Exporter } from './exporter.ts'
import { DatagramTransport, type Destination } from './syslog-datagrams.ts'
import { syslogMessage } from './syslog-message.ts'
import { StreamTransport, type Transport } from './syslog-stream.ts'

export const syslog: Exporter = {
  name: 'syslog',
  async open({ syslog: settings }, context) {
    if (settings === undefined) return undefined
    const transport = transportTo(settings.url, context)
    const sender = {
      facility: settings.facility,
      hostname: hostname(),
      processId: process.pid,
    }
    return {
      write: (event) => transport.send(syslogMessage(event, sender)),
      close: () => transport.close(),
    }
  },
}

/** The ports that are used unless told (RFC 5426 §3.3, RFC 6587 §5, RFC 5425 §4.1). */
const ports: Readonly<Record<string, number>> = { 'udp:': 514, 'tcp:': 601, 'tls:': 6514 }

function transportTo(address: string, context: ExportContext): Transport {
  if (address.startsWith('unix:')) {
    const path = address.slice('unix:'.length)
    return new StreamTransport(() => connectTcp(path), context)
  }
  const { protocol, hostname: name, port } = new URL(address)
  // In a URL, IPv6 addresses are in brackets.
  const host = name.replace(/^\[|\]$/g, '')
  const to: Destination = { host, port: port === '' ? (ports[protocol] ?? 514) : Number(port) }
  if (protocol === 'udp:') return new DatagramTransport(to, context)
  if (protocol === 'tcp:') return new StreamTransport(() => connectTcp(to), context)
  return new StreamTransport(() => connectTls(to), context)
}
