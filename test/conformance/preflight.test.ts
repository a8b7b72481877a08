/** The look at a server before it is judged. */
import { expect, test } from 'vitest'
import type { Wrap } from '../../conformance/peers/mpp/payee/wire.ts'
import { fault } from '../../conformance/suites/mpp/server/fault.ts'
import { standIn } from '../../conformance/suites/mpp/server/stand-in.ts'
import { silences } from '../support/silences.ts'

// The last of them is no longer waited for in full.
test('resources that never answer have no terms, and the main one is judged', async () => {
  const name = 'every resource but the main one'
  const silent = fault({ name, breaks: 'SESS-SSE-001', caughtBy: [], http: silences[name] as Wrap })
  const { options, end } = await standIn({ fault: silent, timeoutMs: 1_200 })
  try {
    expect(options.terms).toBeDefined()
    expect(options.resources.size).toBeGreaterThan(5)
    for (const [resource, { illegible }] of options.resources)
      expect(illegible, resource).toMatch(/no answer/)
  } finally {
    await end()
  }
})
