/** The example everything is shown with: a poem for $0.001 a word, and beside it one resource for every option. */
import type { Offer } from '../offer.ts'
import type { Handler, Payments } from '../payments.ts'
import { resources } from './resources.ts'
import { words } from './text.ts'

/** `/poem` word by word, and the resources of resources.ts; everything else is not found. */
export function poemServer(pay: Payments, terms: Partial<Offer> = {}): Handler {
  const offer = { amount: '0.001', suggestedDeposit: '0.040', ...terms }
  const routes = new Map<string, Handler>([
    [
      '/poem',
      pay.stream({ unitType: 'word', ...offer }, async function* () {
        yield* words
      }),
    ],
  ])
  for (const [name, build] of Object.entries(resources)) routes.set(pathOf(name), build(pay, offer))
  return async (request) => {
    const route = routes.get(new URL(request.url).pathname)
    return route === undefined ? new Response('not found\n', { status: 404 }) : route(request)
  }
}

/** Where a resource is served. */
export const pathOf = (name: string): string => (name === 'plain' ? '/line' : `/${name}`)
