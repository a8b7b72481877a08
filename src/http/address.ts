/**
 * The URL under which this machine reaches a server of its own. A server that listens on every address (`0.0.0.0`, `::`)
 * is reached by loopback; one that listens on a single address only by that one.
 */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

const everywhere: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/** `http://127.0.0.1:3000`, `http://[::1]:3000`; never with a path. The server must be listening on a TCP port. */
export function addressOf(server: Server): { url: string; port: number } {
  const { address, port } = server.address() as AddressInfo
  const reached = everywhere[address] ?? address
  return { url: `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`, port }
}
