/**
 * Settings of the export to syslog.
 *
 * @module
 */

import { z } from 'zod'

/** The facilities that security events are usually filed under (RFC 5424 §6.2.1). */
export const facilities = {
  auth: 4,
  authpriv: 10,
  audit: 13,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const

/** Where to, and as what. */
export const syslogSettings = z.strictObject({
  url: z
    .string()
    .regex(/^(?:udp|tcp|tls):\/\/(?:[\w.-]+|\[[\da-fA-F:.]+\])(?::\d{1,5})?$|^unix:\/[^\0]+$/, {
      message: 'must be udp://HOST:PORT, tcp://HOST:PORT, tls://HOST:PORT or unix:/PATH',
    })
    .describe(
      'Where to: "udp://HOST:PORT" (514), "tcp://HOST:PORT" (601), "tls://HOST:PORT" (6514) or "unix:/PATH", a stream socket. Use tls across a network: the others can be read and forged on the way.',
    ),
  facility: z
    .enum(Object.keys(facilities) as [keyof typeof facilities, ...(keyof typeof facilities)[]])
    .default('authpriv')
    .describe('The facility that messages are filed under (RFC 5424 §6.2.1).'),
})

/** What the export to syslog is told. */
export type SyslogSettings = z.output<typeof syslogSettings>
