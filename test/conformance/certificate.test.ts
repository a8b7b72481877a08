/** Certificates that the kit makes for its servers: whoever is told to trust one can speak TLS to them (issue 15). */
import { X509Certificate } from 'node:crypto'
import { createServer, get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { loopbackCertificate } from '../../conformance/harness/certificate.ts'

test('names loopback, is good now, and is signed by its own key', () => {
  const { cert, key } = loopbackCertificate(Date.UTC(2026, 0, 6, 12))
  const read = new X509Certificate(cert)
  expect(read.subjectAltName).toBe('IP Address:127.0.0.1, DNS:localhost')
  expect([read.validFrom, read.validTo]).toEqual(['Jan  5 12:00:00 2026 GMT', 'Jan  7 12:00:00 2026 GMT'])
  expect(read.verify(read.publicKey)).toBe(true)
  expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----/)
  expect(loopbackCertificate().cert).not.toBe(cert)
})

test('is refused until it is trusted', async () => {
  const certificate = loopbackCertificate()
  const server = createServer({ ...certificate }, (_, response) => response.end('hello'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const ask = (ca: string | undefined) =>
    new Promise<number | string>((resolve) =>
      get({ host: '127.0.0.1', port, ca, agent: false }, (answer) =>
        resolve(answer.resume().statusCode ?? 0),
      ).on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? '')),
    )
  expect(await ask(certificate.cert)).toBe(200)
  expect(await ask(undefined)).toBe('DEPTH_ZERO_SELF_SIGNED_CERT')
  expect(await ask(loopbackCertificate().cert)).not.toBe(200)
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})
