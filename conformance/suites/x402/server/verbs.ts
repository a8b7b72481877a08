/** The verbs of kit/verbs.ts for paid requests: an answer with content is taken, one of 4xx or 5xx without is refused. */
import type { Exchange } from '../../../harness/http.ts'
import * as Verbs from '../../../kit/verbs.ts'
import { objectIn } from '../../../peers/x402/payer/answer.ts'
import type { Payer } from '../../../peers/x402/payer/payer.ts'

/** What an answer is, in a line. */
export const describe = ({ status, headers }: Pick<Exchange, 'status' | 'headers'>): string => {
  const type = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1]
  return type === undefined ? `${status}` : `${status} (${type})`
}

/** An answer whose body can be read, whatever it is. */
export interface Replied {
  exchange: Exchange
  text(): Promise<string>
}

/** Whether what was read is content, whatever the status says: tokens of a stream, or a whole answer. */
function isChat({ isEventStream }: Exchange, content: string): boolean {
  if (isEventStream) return content !== ''
  const choices = objectIn(content)?.['choices']
  return Array.isArray(choices) && choices.length > 0
}

export const { accepts, refuses, refusesEach } = Verbs.verbs<Replied>({
  taken: '2xx with content',
  refused: 'a refusal',
  async said(answer) {
    const { exchange } = answer
    const content = await answer.text()
    const taken = exchange.accepted ? content !== '' : isChat(exchange, content)
    if (taken) return { how: 'taken', text: describe(exchange) }
    return { how: exchange.status < 400 ? 'neither' : 'refused', text: describe(exchange) }
  },
})

/** What an unlawful payment must not move: the money of the payer. */
export const money = (payer: Payer): Verbs.Position<Replied> =>
  Verbs.figures(async () => {
    const balances: Record<string, bigint> = {}
    for (const [version] of payer.subject.terms)
      balances[`balance (v${version})`] = await payer.token(version).balance(payer.account.address)
    return balances
  })

/** How often the model of the kit was asked in conversations; undefined where the model is another one. */
export const workFor = ({ subject }: Payer, conversations: readonly string[]): number | undefined =>
  subject.peers === undefined
    ? undefined
    : conversations.reduce((sum, each) => sum + (subject.peers?.upstream.runs(each).length ?? 0), 0)
