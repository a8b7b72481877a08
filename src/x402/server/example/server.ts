/** The example: a paid chat, the list of its models for free, and nothing else. */
import { completions } from '../chat/completions.ts'
import { generator } from '../chat/generator.ts'
import type { Model } from '../chat/model.ts'
import { type PaywallOptions, paywall } from '../paywall.ts'

/** Options of `chatServer`, besides those of the paywall. */
export interface ChatServerOptions extends PaywallOptions {
  model?: Model
  /** The price of one answer in tokens; default "0.01". */
  price?: string
}

/** Where the chat is. */
export const chatPath = '/v1/chat/completions'

/**
 * Builds the handler of the example server; `model` defaults to `generator()`. Throws `DecodeError` for an invalid
 * price or address. Serve it with `listen`, for example.
 */
export function chatServer(options: ChatServerOptions): (request: Request) => Promise<Response> {
  const { model = generator(), price = '0.01', onError } = options
  const offer = { amount: price, description: 'one answer of a chat', mimeType: 'text/event-stream' }
  const chat = paywall(options).sells(completions(model, offer, onError === undefined ? {} : { onError }))
  return async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname === chatPath) return chat(request)
    if (pathname === '/v1/models')
      return Response.json({
        object: 'list',
        data: model.names.map((id) => ({ id, object: 'model', created: 0, owned_by: 'streamed-payments' })),
      })
    return Response.json(
      { error: { message: 'nothing is here', type: 'not_found', code: null } },
      { status: 404 },
    )
  }
}
