/** Faults of clients that pay again for what may have been paid. */
import { fault } from '../fault.ts'
import { actionOf } from '../payment/puppets.fault.ts'
import type { ClientVariant } from '../reference.ts'

/** A journal that forgets. */
const forgetful: ClientVariant['journal'] = (journal) => ({ ...journal, list: async () => [] })

export const faults = [
  fault({
    name: 'forgets-what-it-paid-for',
    breaks: 'SESS-CLI-005',
    caughtBy: ['unsure.open-then-500', 'unsure.top-up-then-500', 'unsure.voucher-then-500'],
    like: ['wevm/mppx#687'],
    variant: {
      journal: forgetful,
      does: (doing, usual) => usual({ ...doing, env: { ...doing.env, LEAVE: '1' } }),
    },
  }),
  fault({
    name: 'waits-for-nothing',
    breaks: 'SESS-CLI-007',
    caughtBy: ['unsure.retry-after', 'unsure.too-many', 'unsure.retry-date', 'unsure.retry-elsewhere'],
    variant: {
      rules: { retry: { pause: ({ status }) => (status === 503 || status === 429 ? 0 : undefined) } },
    },
  }),
  fault({
    name: 'reads-no-dates',
    breaks: 'SESS-CLI-007',
    caughtBy: ['unsure.retry-date'],
    variant: {
      fetch: (fetch) => async (input, init) => {
        const answer = await fetch(input, init)
        if (/^\d*$/.test(answer.headers.get('retry-after') ?? '')) return answer
        return new Response(null, { status: answer.status, headers: { 'retry-after': '0' } })
      },
    },
  }),
  fault({
    name: 'waits-with-vouchers-alone',
    breaks: 'SESS-CLI-007',
    caughtBy: ['unsure.retry-elsewhere'],
    variant: {
      fetch: (fetch) => async (input, init) => {
        const answer = await fetch(input, init)
        const waits = answer.status === 503 && !['voucher', ''].includes(actionOf(init))
        return waits ? fetch(input, init) : answer
      },
    },
  }),
  fault({
    name: 'gives-up-when-told-to-wait',
    breaks: 'SESS-CLI-007',
    caughtBy: ['unsure.waits-and-pays'],
    variant: { rules: { retry: { pause: () => undefined } } },
  }),
  fault({
    name: 'opens-again-when-an-answer-is-lost',
    breaks: 'SESS-CLI-005',
    caughtBy: [
      'unsure.answer-lost',
      'unsure.retry-elsewhere',
      'unsure.open-then-500',
      'unsure.top-up-then-500',
      'unsure.voucher-then-500',
    ],
    variant: {
      rules: { retry: { repeats: () => false } },
      journal: forgetful,
      // Another session knows nothing of the first.
      does: ({ env, ...doing }, usual) =>
        usual({ ...doing, env: { ...env, LEAVE: '1' } }).catch(() =>
          usual({ ...doing, env, paying: doing.another() }),
        ),
    },
  }),
]
