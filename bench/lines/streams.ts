/** Paid streams and answers over HTTP: client, server and chain in processes of their own, mppx beside this package. */

import type { Line, Round } from '../line.ts'
import { type Child, start } from '../processes.ts'

const rounds = 3
/** How old a reading of the chain may be that a voucher is accepted on: what mppx has without being told. */
const rested = '5000'

interface Side {
  server: string
  client: string
  payer: string
}
const ours: Side = { server: 'bench/children/server.ts', client: 'bench/children/client.ts', payer: '1' }
const peer: Side = {
  server: 'bench/children/mppx-server.ts',
  client: 'bench/children/mppx-client.ts',
  payer: '2',
}

/** Rounds of clients that take turns, each side against its own server, both on one chain. */
async function* turns(WORK: 'words' | 'lines', settings: Record<string, string> = {}): AsyncGenerator<Round> {
  const running: Child[] = []
  const run = (...parameters: Parameters<typeof start>) => {
    const child = start(...parameters)
    running.push(child)
    return child
  }
  try {
    const chain = run('conformance/cli/main.ts', {}, ['chain', '--port', '0'])
    const RPC_URL = await chain.said(/ at (http:\S+)/)
    const [own, other] = [run(ours.server, { RPC_URL, ...settings }), run(peer.server, { RPC_URL })]
    const [ownUrl, otherUrl] = [await own.said(/http:\S+/), await other.said(/http:\S+/)]
    const rate = async ({ client, payer }: Side, URL: string) => {
      const said = await run(client, { WORK, ...settings, RPC_URL, URL, PAYER: payer }).said(
        /"perSecond":([0-9.]+)/,
      )
      return Number(said)
    }
    for (let round = 0; round < rounds; round++)
      yield { ours: await rate(ours, ownUrl), peer: await rate(peer, otherUrl) }
  } finally {
    for (const { child } of running) child.kill('SIGKILL')
  }
}

export const streamLines = (): Line[] => [
  {
    id: 'stream-vouchers',
    work: 'stream, a voucher per word, three processes',
    unit: 'words/s',
    peer: 'mppx',
    wanted: 20,
    rounds: () => turns('words'),
  },
  {
    id: 'stream-vouchers-rested',
    work: 'the same, vouchers resting on readings of up to 5 s (`voucherReadingMs`), as those of mppx do by default',
    unit: 'words/s',
    peer: 'mppx',
    wanted: 20,
    rounds: () => turns('words', { VOUCHER_READING_MS: rested }),
  },
  {
    id: 'stream-vouchers-ahead',
    work: 'that, each voucher sent when a word came (`ahead: 1`)',
    unit: 'words/s',
    peer: 'mppx',
    rounds: () => turns('words', { VOUCHER_READING_MS: rested, AHEAD: '1' }),
  },
  {
    id: 'paid-get',
    work: 'paid GET, one client, three processes',
    unit: '/s',
    peer: 'mppx',
    wanted: 20,
    rounds: () => turns('lines'),
  },
]
