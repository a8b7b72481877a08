/** Faults that the unpaid scenario catches: ways around payment. */
import type { Wrap } from '../../../peers/answers.ts'
import { isPaid } from '../../../peers/x402/payee/wire.ts'
import { fault } from './fault.ts'

/** What is sold, for nothing. */
const free = () =>
  new Response('data: {"choices":[{"index":0,"delta":{"content":"Two"}}]}\n\ndata: [DONE]\n\n', {
    headers: { 'content-type': 'text/event-stream' },
  })

/** Gives it away where a condition picks. */
const giving =
  (picks: (request: Request) => boolean): Wrap =>
  (handler) =>
  async (request) =>
    !isPaid(request) && picks(request) ? free() : handler(request)

const spelt =
  (pattern: RegExp) =>
  ({ url }: Request): boolean =>
    pattern.test(new URL(url).pathname)

export const unpaidFaults = [
  ...Object.entries({
    'gives-by-a-slash-at-the-end': spelt(/\/$/),
    'gives-by-an-encoded-slash': spelt(/%2f/i),
    'gives-by-a-slash-encoded-twice': spelt(/%252f/i),
    'gives-by-an-encoded-backslash': spelt(/%5c/i),
    'gives-by-a-path-parameter': spelt(/;/),
    'gives-by-capitals': spelt(/[A-Z]/),
    'gives-in-absolute-form': ({ url }: Request) => url.startsWith('http://other.example/'),
  }).map(([name, picks]) =>
    fault({
      name,
      breaks: 'X-ASK-008',
      caughtBy: ['unpaid.every-spelling'],
      like: ['x402-foundation/x402#3502'],
      http: giving(picks),
    }),
  ),
  fault({
    name: 'asks-the-model-by-another-spelling',
    breaks: 'X-ASK-008',
    caughtBy: ['unpaid.every-spelling'],
    works: spelt(/%2f/i),
  }),
  fault({
    name: 'gives-by-another-method',
    breaks: 'X-ASK-008',
    caughtBy: ['unpaid.every-method'],
    http: giving(({ method }) => method === 'PATCH'),
  }),
]
