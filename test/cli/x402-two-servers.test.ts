/** Two chat servers, each a process: on one folder the second does not start; on two, one payment buys one answer. */
import { expect, test } from 'vitest'
import { tokenAt } from '../../conformance/peers/x402/token.ts'
import { ChainClient } from '../../src/chain/client.ts'
import { httpRpc } from '../../src/chain/http-rpc.ts'
import { usdc } from '../../src/contracts/transfer-authorization.ts'
import { cliIn, start, startIn, temporary, urlIn } from '../support/cli.ts'
import { payee } from '../support/x402/samples.ts'
import { ask, chat, paymentFor, price } from '../support/x402/shop.ts'

test('two servers and one payment', async () => {
  await using chain = await start(/\(9\)/, 'chain', '--port', '0', '--chain-id', '84532')
  const node = urlIn(chain.output(), 'chain 84532 at')
  await using settles = await startIn({ PORT: '0', RPC_URL: node }, /chain http/, 'facilitator')
  const env = { PORT: '0', TOKEN_DELAY_MS: '0', FACILITATOR_URL: urlIn(settles.output(), 'facilitator') }
  const folder = temporary('claims')
  await using first = await startIn({ ...env, DATA_DIR: folder }, /try:/, 'chat-server')

  const refused = await cliIn({ env: { ...env, DATA_DIR: folder } }, 'chat-server')
  expect(refused.code).toBe(2)
  expect(refused.stderr).toContain('is in use by process')

  await using second = await startIn({ ...env, DATA_DIR: temporary('claims') }, /try:/, 'chat-server')
  const [here, there] = [urlIn(first.output(), 'chat'), urlIn(second.output(), 'chat')]
  const token = tokenAt(new ChainClient(httpRpc(node)), usdc.address)
  const before = await token.balance(payee.address)
  let sold = 0n
  const id = 'pay_0123456789abcdef'
  for (const [version, named] of [
    [1, false],
    [2, false],
    [2, true],
  ] as const)
    for (let round = 0; round < 3; round++) {
      const handle = (request: Request) => fetch(request)
      // Both sell it under one name to the world: a payment that names none is good at either.
      const change = (json: Record<string, unknown>) => delete json['resource']
      const paid = await paymentFor(
        { handle },
        version,
        { change, ...(named ? { id: `${id}${round}` } : {}) },
        ask({}, chat(), here),
      )
      const request = (url: string) => fetch(ask(paid, chat({ seed: round }), url))
      const answers = await Promise.all([request(here), request(there)])
      const texts = await Promise.all(answers.map((answer) => answer.text()))
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 402])
      expect(texts.filter((text) => text.includes('[DONE]'))).toHaveLength(1)
      expect((await token.balance(payee.address)) - before).toBe(++sold * price)
    }
})
