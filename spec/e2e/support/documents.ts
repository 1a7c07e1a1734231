/**
 * A host of client metadata documents: https on this computer, with a certificate made now.
 *
 * Left out on purpose: a certificate in the tree, which would expire or be trusted by mistake.
 */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { temporaryDirectory } from './installation.ts'
import { endLater } from './reaper.ts'

/** What is published, and who asked. */
export interface DocumentHost {
  /** For NODE_EXTRA_CA_CERTS. */
  readonly certificate: string
  /** The paths that were fetched, in order. */
  readonly fetched: readonly string[]
  /** Publishes client metadata; its address, which becomes the `client_id`, is added. */
  publish(path: string, metadata: Readonly<Record<string, unknown>>): string
}

/** Makes a key and a certificate for a name. Gives the files they are in. */
export async function makeCertificate(
  name: string,
): Promise<{ readonly key: string; readonly certificate: string }> {
  const directory = await temporaryDirectory()
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')]
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-keyout', key, '-out', certificate, '-days', '1', '-subj', `/CN=${name}`],
      ...['-addext', `subjectAltName=DNS:${name}`],
    ],
    { stdio: 'ignore' },
  )
  return { key, certificate }
}

/** Starts the host. */
export async function startDocumentHost(): Promise<DocumentHost> {
  const { key, certificate } = await makeCertificate('localhost')
  const documents = new Map<string, string>()
  const fetched: string[] = []
  const server = createServer(
    { key: readFileSync(key), cert: readFileSync(certificate) },
    ({ url = '' }, response) => {
      fetched.push(url)
      const document = documents.get(url)
      response.writeHead(document === undefined ? 404 : 200, {
        'content-type': 'application/json',
        'cache-control': 'max-age=300',
      })
      response.end(document)
    },
  ).listen(0, 'localhost')
  await new Promise((resolve) => server.once('listening', resolve))
  endLater(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('It has no port.')
  return {
    certificate,
    fetched,
    publish(path, metadata) {
      const url = `https://localhost:${address.port}${path}`
      documents.set(path, JSON.stringify({ client_id: url, ...metadata }))
      return url
    },
  }
}
