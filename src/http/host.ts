/** The Host field of a request, where a listener of this package decides. */
import type { IncomingMessage } from 'node:http'

/** Whether a request names its host once, as it must from HTTP/1.1 on, and by what can be one (RFC 9112, section 3.2). */
export function hasOneHost({ rawHeaders, httpVersionMajor, httpVersionMinor }: IncomingMessage): boolean {
  const hosts = rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === 'host')
  const [only] = hosts
  if (only === undefined) return httpVersionMajor === 1 && httpVersionMinor === 0
  return hosts.length === 1 && hostPattern.test(only)
}

const hostPattern = /^(?:\[[0-9a-fA-F:.]+\]|[0-9A-Za-z\-._~!$&'()*+;=%]+)(?::[0-9]{0,5})?$/
