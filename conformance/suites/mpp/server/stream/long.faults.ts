/** Servers that charge for units that the client does not read. */
import * as Utf8 from '../../../../../src/codec/utf8.ts'
import { throughBody } from '../../../../peers/mpp/payee/body.ts'
import { fault } from '../fault.ts'

export const faults = [
  fault({
    name: 'streams-into-memory',
    breaks: 'SESS-ACCT-010',
    caughtBy: ['long.unread'],
    like: ['x402-foundation/x402#659'],
    http: throughBody((source) => ({
      async start(controller) {
        for (;;) {
          const { value, done } = await source.read()
          if (done || Utf8.decode(value).startsWith('event: payment-need-voucher')) return
          controller.enqueue(value)
        }
      },
    })),
  }),
]
