/** Faults that the scenario of failing requests catches: clients that sign again. */
import { fault } from './fault.ts'

/** How often such a client tries. */
const tries = 3

/** The stream of a chat that says nothing. */
const nothing = () => new Response('data: [DONE]\n\n', { headers: { 'content-type': 'text/event-stream' } })

export const insistsFaults = [
  fault({
    name: 'signs-again-when-the-connection-breaks',
    breaks: 'X-CLI-002',
    caughtBy: ['insists.reset', 'insists.lost', 'audit.paid-once'],
    options: { retries: 0 },
    paying: (pay) => async (input, init) => {
      for (let attempt = 1; ; attempt++)
        try {
          return await pay()(input, init)
        } catch (error) {
          if (attempt === tries || !(error instanceof TypeError)) throw error
        }
    },
  }),
  fault({
    name: 'signs-again-after-500',
    breaks: 'X-CLI-002',
    caughtBy: ['insists.500'],
    options: { retries: 0 },
    paying: (pay) => async (input, init) => {
      for (let attempt = 1; ; attempt++) {
        const response = await pay()(input, init)
        if (attempt === tries || response.status < 500) return response
      }
    },
  }),
  fault({
    name: 'signs-again-when-asked-again',
    breaks: 'X-CLI-007',
    caughtBy: ['insists.402'],
    paying: (pay) => async (input, init) => {
      for (let attempt = 1; ; attempt++) {
        const response = await pay()(input, init)
        if (attempt === tries || response.status !== 402) return response
      }
    },
  }),
  fault({
    name: 'takes-a-refusal-for-an-answer',
    breaks: 'X-CLI-021',
    caughtBy: ['insists.told'],
    paying: (pay) => async (input, init) => {
      const response = await pay()(input, init)
      return response.status === 402 ? nothing() : response
    },
  }),
]
