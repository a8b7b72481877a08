/** Servers that fall over their node. */
import { crash, onResponse, paying, unpaid } from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

const unavailable = ({ status }: Response) => status === 503

export const faults = [
  fault({
    name: 'useless-answers-crash-it',
    breaks: 'CORE-PROB-010',
    caughtBy: ['outage.empty-answers'],
    like: ['tempoxyz/mpp-go#91'],
    http: (handler) => async (request) => {
      const response = await handler(request)
      const asked = response.status === 402 && (await response.clone().text()).includes('cannot be reached')
      return asked ? crash() : response
    },
  }),
  fault({
    name: 'one-useless-answer-and-it-takes-no-more',
    breaks: 'SESS-VOUCH-013',
    caughtBy: ['outage.goes-on'],
    http: (handler) => {
      let lost = 0
      return async (request) => {
        if (lost > 8 && paying('voucher')(request)) return new Response(null, { status: 402 })
        const response = await handler(request)
        const asked = response.status === 402 && (await response.clone().text()).includes('cannot be reached')
        if (asked) lost++
        return response
      }
    },
  }),
  fault({
    name: 'without-a-node-it-crashes',
    breaks: 'CORE-PROB-010',
    caughtBy: ['outage.first-request'],
    http: onResponse((request, response) => unpaid(request) && unavailable(response), crash),
  }),
  fault({
    name: 'once-down-always-down',
    breaks: 'CORE-STAT-001',
    caughtBy: ['outage.recovers'],
    http: (handler) => {
      let down = false
      return async (request) => {
        const response = await handler(request)
        down ||= unpaid(request) && unavailable(response)
        return down ? new Response(null, { status: 503, headers: { 'retry-after': '5' } }) : response
      }
    },
  }),
]
