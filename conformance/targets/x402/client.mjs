// @x402/fetch, alone and under openai, as their documentation has it. Prints what it got as JSON.
// URL (the chat), PAYER_PRIVATE_KEY, ASSET; MODE: fetch | openai.
import { ExactEvmScheme } from '@x402/evm/exact/client'
import { wrapFetchWithPayment, x402Client } from '@x402/fetch'
import OpenAI from 'openai'
import { privateKeyToAccount } from 'viem/accounts'

const { URL: url, PAYER_PRIVATE_KEY, ASSET, MODE = 'fetch' } = process.env
const network = 'eip155:84532'
const client = x402Client.fromConfig({
  schemes: [{ network, client: new ExactEvmScheme(privateKeyToAccount(PAYER_PRIVATE_KEY)) }],
  spendControls: { allowedAssets: [{ network, asset: ASSET, maxAmountPerPayment: '20000' }] },
})
const paying = wrapFetchWithPayment(fetch, client)
const body = { model: 'words-1', messages: [{ role: 'user', content: 'hi' }], stream: true }

if (MODE === 'openai') {
  const baseURL = url.replace(/\/chat\/completions$/, '')
  const openai = new OpenAI({ apiKey: 'none', baseURL, fetch: paying })
  let text = ''
  let chunks = 0
  for await (const chunk of await openai.chat.completions.create(body)) {
    chunks++
    text += chunk.choices[0]?.delta?.content ?? ''
  }
  console.log(JSON.stringify({ text, chunks }))
} else {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await paying(url, init)
  const text = await response.text()
  const field = response.headers.get('payment-response')
  const receipt = field === null ? null : JSON.parse(Buffer.from(field, 'base64').toString())
  console.log(JSON.stringify({ status: response.status, text, receipt }))
}
