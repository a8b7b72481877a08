/**
 * How often vouchers may be submitted on one channel (SESS-DOS-001): a token bucket that refills at the rate. A
 * voucher that moves the accepted amount forward by a unit or more gives its token back: it is paid for, and the
 * pace of the stream bounds it.
 */
export interface Limiter {
  /** Takes a token; answers 0, or after how many seconds there will be one. */
  take(key: string): number
  giveBack(key: string): void
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
  const keep = (key: string, bucket: { tokens: number; at: number }) => {
    buckets.delete(key)
    if (bucket.tokens < perSecond) buckets.set(key, bucket)
    if (buckets.size > maxKeys) buckets.delete(buckets.keys().next().value as string)
  }
  return {
    take(key) {
      const { tokens, at } = level(key)
      if (tokens < 1) return Math.ceil((1 - tokens) / perSecond)
      keep(key, { tokens: tokens - 1, at })
      return 0
    },
    giveBack(key) {
      const { tokens, at } = level(key)
      keep(key, { tokens: tokens + 1, at })
    },
  }
}
