/**
 * What an x402 server may offer and may lack. A scenario names what it needs; where the target does not offer it, its
 * checks are skipped with the reason: a server is never failed for what it never claimed.
 */

/** Resources beside the chat. */
export const resources = {
  sibling: {
    asks: 'another chat at the same price',
    shows: 'whether a payment that names one resource buys another',
  },
  paced: {
    asks: 'a chat at the same price whose handler waits until each part of its answer is written before it writes the next',
    shows: 'whether a stream that goes as fast as its reader is answered',
  },
} as const

const started = (shows: string) => `let the kit start the server (--start or --target): ${shows}`

/** What is no resource. */
export const powers = {
  identifier: 'the server does not offer the extension payment-identifier',
  upstream: started('its model is then the kit’s, which sees when it is asked, fails and falls silent'),
  facilitator: started('its facilitator is then the kit’s, which fails and falls silent'),
  start: started('it is then killed, and started again on the same data'),
} as const
