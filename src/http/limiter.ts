/** How often something may be done for each key: a token bucket that refills at the rate. */
export interface Limiter {
  /** Takes a token; answers 0, or after how many seconds there will be one. */
  take(key: string): number
  /** After how many seconds there is a token; takes none. */
  wait(key: string): number
}

/** Keys remembered at once; a full bucket is not remembered. */
const maxKeys = 100_000

/** Builds a limiter of `perSecond` a key, in bursts of as many. */
export function limiter(perSecond: number, clock: () => number): Limiter {
  const buckets = new Map<string, { tokens: number; at: number }>()
  const level = (key: string) => {
    const now = clock()
    const { tokens, at } = buckets.get(key) ?? { tokens: perSecond, at: now }
    return { tokens: Math.min(perSecond, tokens + ((now - at) / 1000) * perSecond), at: now }
  }
  const waitAt = (tokens: number) => (tokens < 1 ? Math.ceil((1 - tokens) / perSecond) : 0)
  const keep = (key: string, bucket: { tokens: number; at: number }) => {
    buckets.delete(key)
    if (bucket.tokens < perSecond) buckets.set(key, bucket)
    if (buckets.size > maxKeys) buckets.delete(buckets.keys().next().value as string)
  }
  return {
    take(key) {
      const { tokens, at } = level(key)
      if (tokens >= 1) keep(key, { tokens: tokens - 1, at })
      return waitAt(tokens)
    },
    wait: (key) => waitAt(level(key).tokens),
  }
}
