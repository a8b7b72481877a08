/**
 * Negative controls: a server that differs from the reference only in what the drafts leave free stays green in every
 * check. By default one such server with many differences at once; FOREIGN=mixes takes all and the whole suite, and
 * FOREIGN=each every difference alone too.
 */
import { expect, test } from 'vitest'
import { type ForeignServer, foreign, together, type Variation, variations } from '../support/foreign.ts'
import { judged } from '../support/negative.ts'

/** Between them all there is; what excludes each other is in different ones. */
const mixes: Readonly<Record<string, readonly Variation[]>> = {
  'many differences at once': together(
    'every byte on its own',
    'members nobody knows',
    'terms with members nobody knows',
    'problems in other words',
    'comments and retry between events',
    'lines of a stream end with CR',
    'parameters in another order',
    'other challenges around it, in one field',
    'headers nobody asked for',
    'upper-case names',
    '204 without content',
  ),
  'many others at once': together(
    'three bytes at a time',
    'no space after a colon',
    'lines of a stream end with CRLF',
    'lower-case scheme',
    'parameters nobody knows',
    'other challenges before, in fields of their own',
  ),
  'the rest at once': together(
    'white space around commas',
    'upper-case scheme',
    'other challenges after, in fields of their own',
  ),
}
const alone = Object.entries(variations).map(([name, variation]): [string, Variation[]] => [
  name,
  [variation],
])
const whole = process.env['FOREIGN'] !== undefined
const cases = whole
  ? [...Object.entries(mixes), ...(process.env['FOREIGN'] === 'each' ? alone : [])]
  : Object.entries(mixes).slice(0, 1)
/** The features where the difference can matter; the whole suite takes half a minute each. */
const only = whole ? undefined : 'challenge,credential,stream,streaming,top-up,replay'

test.each(cases)('%s: nothing fails', async (_, chosen) => {
  const proxies: ForeignServer[] = []
  const before = async (url: string) => {
    const proxy = await foreign(url, chosen)
    proxies.push(proxy)
    return proxy.url
  }
  try {
    const { passed, red } = await judged({ before, only })
    const lawful = (id: string) => chosen.some(({ warns }) => warns?.test(id))
    expect(red.filter(({ id, verdict }) => !(verdict === 'warn' && lawful(id)))).toEqual([])
    expect(passed).toBeGreaterThan(50)
  } finally {
    await Promise.all(proxies.map((proxy) => proxy[Symbol.asyncDispose]()))
  }
})
