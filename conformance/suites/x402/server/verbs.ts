/** The verbs of kit/verbs.ts for paid requests: an answer with content is taken, one of 4xx or 5xx is refused. */
import type { Exchange } from '../../../harness/http.ts'
import * as Verbs from '../../../kit/verbs.ts'
import type { Answer } from '../../../peers/x402/payer/answer.ts'
import type { Payer } from '../../../peers/x402/payer/payer.ts'

/** What an answer is, in a line. */
export const describe = ({ status, headers }: Pick<Exchange, 'status' | 'headers'>): string => {
  const type = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1]
  return type === undefined ? `${status}` : `${status} (${type})`
}

export const { accepts, refuses, refusesEach } = Verbs.verbs<Answer>({
  taken: '2xx with content',
  refused: 'a refusal',
  async said(answer) {
    const text = describe(answer.exchange)
    const content = answer.exchange.accepted ? await answer.text() : ''
    if (!answer.exchange.accepted) await answer.text()
    if (answer.exchange.accepted && content !== '') return { how: 'taken', text }
    return { how: answer.status < 400 ? 'neither' : 'refused', text }
  },
})

/** What an unlawful payment must not move: the money of the payer. */
export const money = (payer: Payer): Verbs.Position<Answer> =>
  Verbs.figures(async () => {
    const balances: Record<string, bigint> = {}
    for (const [version] of payer.subject.terms)
      balances[`balance (v${version})`] = await payer.token(version).balance(payer.account.address)
    return balances
  })
