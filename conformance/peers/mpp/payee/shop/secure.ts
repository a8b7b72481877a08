/** What a shop needs to speak TLS: a certificate, what tells a client to trust it, and answers to those who come without. */
import { writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { loopbackCertificate } from '../../../../harness/certificate.ts'
import type { ServeOptions } from './serve.ts'
import { unitText } from './witness.ts'

/** A shop that speaks TLS. */
export interface Secure {
  /** Told of every request that comes to the same port without it. */
  inPlain?(request: IncomingMessage): void
}

/** Makes a certificate and writes it to a folder; `trust` are the variables that tell a client of it. */
export function securely(secure: Secure, folder: string) {
  const certificate = loopbackCertificate()
  const file = join(folder, 'certificate.pem')
  writeFileSync(file, certificate.cert)
  const serving: ServeOptions['secure'] = {
    certificate,
    // As a shop that gives its first unit away.
    plain(request, response) {
      secure.inPlain?.(request)
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`data: ${unitText(1)}\n\n`)
    },
  }
  return { serving, trust: { NODE_EXTRA_CA_CERTS: file, SSL_CERT_FILE: file } }
}
