/** The example everything is shown with: a poem for $0.001 a word, and beside it one resource for every option. */
import type { Service } from '../discovery.ts'
import type { Offer } from '../offer.ts'
import type { Handler, Payments } from '../payments.ts'
import { lineOffer, meteredPoem, resources } from './resources.ts'
import { words } from './text.ts'

/** `/poem` word by word, `/metered` with its title for nothing, and the resources of resources.ts; everything else is not found. */
export function poemServer(pay: Payments, terms: Partial<Offer> = {}): Handler {
  const offer = { amount: '0.001', suggestedDeposit: '0.040', ...terms }
  const routes = new Map<string, Handler>([
    [
      '/poem',
      pay.stream({ unitType: 'word', resumable: true, ...offer }, async function* () {
        yield* words
      }),
    ],
  ])
  routes.set('/metered', meteredPoem(pay, offer))
  routes.set('/openapi.json', pay.discovery(service(offer)))
  for (const [name, build] of Object.entries(resources)) routes.set(pathOf(name), build(pay, offer))
  return async (request) => {
    const route = routes.get(new URL(request.url).pathname)
    return route === undefined ? new Response('not found\n', { status: 404 }) : route(request)
  }
}

/** What `/openapi.json` says of it: an operation for each way to pay. */
function service(offer: Offer): Service {
  const text = { type: 'string' }
  const events = { 'text/event-stream': { ...text, description: 'one event for each word' } }
  return {
    title: 'A poem, paid for',
    version: '1.0.0',
    info: { categories: ['media'] },
    paths: {
      '/poem': { get: { summary: 'Word by word', offers: [{ session: offer }], answers: events } },
      [pathOf('plain')]: {
        get: { summary: 'The first line', offers: [{ session: offer }], answers: { 'text/plain': text } },
      },
      [pathOf('charge')]: {
        get: { summary: 'The first line', offers: [{ charge: lineOffer }], answers: { 'text/plain': text } },
      },
    },
  }
}

/** Where a resource is served. */
export const pathOf = (name: string): string => (name === 'plain' ? '/line' : `/${name}`)
