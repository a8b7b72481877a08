/** What controls do between a session and the payee: other vouchers, other requests, another pace. */
import * as AuthParams from '../../../../../src/codec/auth-params.ts'
import type { Bytes32 } from '../../../../../src/codec/hex.ts'
import * as Voucher from '../../../../../src/contracts/voucher.ts'
import { accountFromKey } from '../../../../../src/keys/accounts.ts'
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import * as SessionRequest from '../../../../../src/mpp/wire/session-request.ts'
import { encoded, type Outgoing, outgoing } from '../payment/puppets.fault.ts'
import type { ClientVariant } from '../reference.ts'

type Puppet = NonNullable<ClientVariant['fetch']>

const termsOf = ({ challenge }: Outgoing) => SessionRequest.decode(String(challenge['request']))

/** Opens carry a voucher for 0, and what is bought is signed for when it is asked for. */
export const openingWithNothing: Puppet = (fetch, env) => async (input, init) => {
  const sent = outgoing(init)
  if (sent?.credential.payload['action'] !== 'open') return fetch(input, init)
  const { credential, headers, field } = sent
  const { methodDetails } = termsOf(credential)
  const domain = {
    protocol: methodDetails.sessionProtocol ?? 'v2',
    escrow: methodDetails.escrowContract,
    chainId: methodDetails.chainId ?? SessionRequest.defaultChainId,
  }
  const voucher = { channelId: credential.payload['channelId'] as Bytes32, cumulativeAmount: 0n }
  const account = accountFromKey(env['SIGNER_PRIVATE_KEY'] ?? env['PRIVATE_KEY'] ?? '')
  credential.payload['cumulativeAmount'] = '0'
  credential.payload['signature'] = await Voucher.sign(voucher, domain, account)
  headers.set(field, encoded(credential))
  return fetch(input, { ...init, headers })
}

/** An open is sent by HEAD; once it is taken, the content is bought by the voucher that was in it. */
export const inTwo: Puppet = (fetch) => async (input, init) => {
  const sent = outgoing(init)
  const buys = init?.method === 'GET' && sent?.credential.payload['action'] === 'open'
  if (sent === undefined || !buys) return fetch(input, init)
  const { credential, headers, field } = sent
  const opened = await fetch(input, { ...init, method: 'HEAD' })
  if (!opened.ok) return opened
  const { channelId, cumulativeAmount, signature, descriptor } = credential.payload
  credential.payload = {
    action: 'voucher',
    channelId: channelId as string,
    ...(descriptor === undefined ? {} : { descriptor }),
    cumulativeAmount: cumulativeAmount as string,
    signature: signature as string,
  }
  headers.set(field, encoded(credential))
  return fetch(input, { ...init, headers })
}

/** What was taken with such a credential is sent a second time, as one does who is not sure. */
export const twice =
  (action: string): Puppet =>
  (fetch) =>
  async (input, init) => {
    const answer = await fetch(input, init)
    const manages = init?.method !== 'GET' && outgoing(init)?.credential.payload['action'] === action
    if (manages && answer.ok) await (await fetch(input, init)).body?.cancel()
    return answer
  }

/** Every payment answers a challenge that was asked for by the same request without it. */
export const anew: Puppet = (fetch) => async (input, init) => {
  const sent = outgoing(init)
  if (sent === undefined) return fetch(input, init)
  const { credential, headers, field } = sent
  const without = new Headers(init?.headers)
  without.delete(field)
  const asked = await fetch(input, { ...init, headers: without })
  await asked.body?.cancel()
  const found = asked.status === 402 ? asked.headers.get('www-authenticate') : null
  const same = AuthParams.decode(found ?? '')
    .filter(Challenge.isPayment)
    .find(({ params }) => params.get('request') === credential.challenge['request'])
  if (same === undefined) return fetch(input, init)
  credential.challenge = Object.fromEntries(same.params)
  headers.set(field, encoded(credential))
  return fetch(input, { ...init, headers })
}

/** Reads an answer piece by piece, with so many milliseconds before each. */
export const slowly =
  (ms: number): Puppet =>
  (fetch) =>
  async (input, init) => {
    const response = await fetch(input, init)
    const { body, status, headers } = response
    if (body === null) return response
    const pausing = new TransformStream<Uint8Array, Uint8Array>({
      async transform(chunk, controller) {
        await new Promise((resolve) => setTimeout(resolve, ms))
        controller.enqueue(chunk)
      },
    })
    return new Response(body.pipeThrough(pausing), { status, headers })
  }
