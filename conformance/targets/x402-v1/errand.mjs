// x402-fetch 1.2.0, sent on an errand by the kit: pays for the chat at PAYMENT_URL and prints its answer.
// PAYMENT_URL, PRIVATE_KEY, MAX_AMOUNT; HEADERS=object gives its headers as a Headers object; CALL_AS: request.
import { parseUnits } from 'viem'
import { createSigner, wrapFetchWithPayment } from 'x402-fetch'

const { PAYMENT_URL: url, PRIVATE_KEY, MAX_AMOUNT, HEADERS, CALL_AS } = process.env
const signer = await createSigner('base-sepolia', PRIVATE_KEY)
const paying = wrapFetchWithPayment(fetch, signer, parseUnits(MAX_AMOUNT, 6))
const body = JSON.stringify({ model: 'kit', messages: [{ role: 'user', content: 'hi' }], stream: true })
const plain = { 'content-type': 'application/json' }
const headers = HEADERS === 'object' ? new Headers(plain) : plain
const init = { method: 'POST', headers, body }
const response = await (CALL_AS === 'request' ? paying(new Request(url, init)) : paying(url, init))
if (!response.ok) throw new Error(`the server answered ${response.status}`)
process.stdout.write(await response.text())
