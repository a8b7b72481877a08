/** A call made from a Request object, whose body can be read once: it is paid like any other. */
import { scenario } from '../../../kit/scenario.ts'
import { broken } from '../../../kit/verdict.ts'
import type { Fixtures } from './fixtures.ts'
import { describe, sameRequest } from './verbs.ts'

const checks = { 'request.paid': ['X-CLI-005', 'X-CLI-001'] } as const

export const request = scenario<Fixtures, keyof typeof checks>({
  id: 'x402/client/request',
  title: 'A call from a Request object',
  needs: ['request'],
  checks,
  faults: async () => (await import('./request.faults.ts')).requestFaults,
  async run(t, { open, versions }) {
    for (const version of versions)
      await t.check('request.paid', async () => {
        const visit = await (await open({ version, env: { CALL_AS: 'request' } })).visit()
        const { ran, signed } = visit
        if (signed.length === 0 || ran.code !== 0)
          return broken(
            `v${version}: paid, as without a Request`,
            `${describe(visit)} (${ran.stderr.slice(0, 160)})`,
          )
        return sameRequest(visit, version)
      })
  },
})
