/** Servers that do not keep v1 and v2 apart. */
import { alterTerms, instead, inventedReceipt, paying } from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'
import { described, onV1 } from './v1.faults.ts'

export const faults = [
  fault({
    name: 'opens-v1-channels-for-v2',
    breaks: 'SESS-PROTO-004',
    caughtBy: ['protocol.other-open'],
    http: instead(
      (request) => !onV1(request) && paying('open')(request) && !described(request),
      (request) => inventedReceipt(request),
    ),
  }),
  fault({
    name: 'names-no-protocol',
    breaks: 'SESS-PROTO-001',
    caughtBy: ['protocol.named'],
    // On HEAD alone: what is answered elsewhere must be what was issued.
    http: (handler) => {
      const silent = alterTerms((_, details) => delete details['sessionProtocol'])(handler)
      return (request) => (request.method === 'HEAD' ? silent(request) : handler(request))
    },
  }),
]
