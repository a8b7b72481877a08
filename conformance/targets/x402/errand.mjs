// @x402/fetch, alone and under openai, sent on an errand by the kit: pays for the chat at PAYMENT_URL and prints its text.
// PAYMENT_URL, PRIVATE_KEY, ASSET, MAX_AMOUNT; MODE: fetch | openai; CALL_AS: request; SPEND: default, which allows no token.
import { ExactEvmScheme } from '@x402/evm/exact/client'
import { wrapFetchWithPayment, x402Client } from '@x402/fetch'
import OpenAI from 'openai'
import { parseUnits } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

const {
  PAYMENT_URL: url,
  PRIVATE_KEY,
  ASSET: asset,
  MAX_AMOUNT,
  MODE = 'fetch',
  CALL_AS,
  SPEND,
} = process.env
const network = 'eip155:84532'
const maxAmountPerPayment = parseUnits(MAX_AMOUNT, 6).toString()
const client = x402Client.fromConfig({
  schemes: [{ network, client: new ExactEvmScheme(privateKeyToAccount(PRIVATE_KEY)) }],
  spendControls:
    SPEND === 'default'
      ? { maxAmountPerPayment: `$${MAX_AMOUNT}` }
      : { allowedAssets: [{ network, asset, maxAmountPerPayment }] },
})
const paying = wrapFetchWithPayment(fetch, client)
const body = { model: 'kit', messages: [{ role: 'user', content: 'hi' }], stream: true }

if (MODE === 'openai') {
  const openai = new OpenAI({
    apiKey: 'none',
    baseURL: url.replace(/\/chat\/completions$/, ''),
    fetch: paying,
  })
  for await (const chunk of await openai.chat.completions.create(body))
    process.stdout.write(chunk.choices[0]?.delta?.content ?? '')
} else {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await (CALL_AS === 'request' ? paying(new Request(url, init)) : paying(url, init))
  if (!response.ok) throw new Error(`the server answered ${response.status}`)
  process.stdout.write(await response.text())
}
