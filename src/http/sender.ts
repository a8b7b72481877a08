/** Who sent a request, as far as that can be known: the address of its connection, where our own listener took it. */
const addresses = new WeakMap<Request, string>()

/** Remembers where a request came from. */
export function cameFrom(request: Request, address: string | undefined): Request {
  if (address !== undefined) addresses.set(request, address)
  return request
}

/** Where a request came from; undefined behind a fetch handler of somebody else's, or when it was built anew. */
export const addressOf = (request: Request): string | undefined => addresses.get(request)
