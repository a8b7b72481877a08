/** The example everything is shown with: a poem for $0.001 a word. */
import type { Offer } from './offer.ts'
import type { Handler, Payments } from './payments.ts'

/** Robert Frost, "The Road Not Taken" (1915), first half. */
export const poem =
  'Two roads diverged in a yellow wood, And sorry I could not travel both And be one traveler, long I stood ' +
  'And looked down one as far as I could To where it bent in the undergrowth; Then took the other, as just as ' +
  'fair, And having perhaps the better claim, Because it was grassy and wanted wear'

export const words: readonly string[] = poem.split(' ')

/** `/poem` word by word, `/line` as one plain response; everything else is not found. */
export function poemServer(pay: Payments, terms: Partial<Offer> = {}): Handler {
  const offer = { amount: '0.001', suggestedDeposit: '0.040', ...terms }
  const line = () =>
    new Response(`${words.slice(0, 7).join(' ')}\n`, {
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    })
  const routes: Record<string, Handler> = {
    '/poem': pay.stream({ unitType: 'word', ...offer }, async function* () {
      yield* words
    }),
    '/line': pay.fixed({ unitType: 'request', ...offer }, line),
  }
  return async (request) => {
    const route = routes[new URL(request.url).pathname]
    return route === undefined ? new Response('not found\n', { status: 404 }) : route(request)
  }
}
