/** What a session payload claims, checked: channel id, signatures, amounts, and the transaction it carries. */
import * as Transaction from '../../chain/transaction.ts'
import { DecodeError } from '../../codec/decode-error.ts'
import type * as Hex from '../../codec/hex.ts'
import * as ChannelId from '../../contracts/channel-id.ts'
import * as CloseAuthorization from '../../contracts/close-authorization.ts'
import * as Descriptor from '../../contracts/descriptor.ts'
import * as ReserveAbi from '../../contracts/reserve-abi.ts'
import * as Voucher from '../../contracts/voucher.ts'
import * as Signature from '../../keys/signature.ts'
import type { Challenge } from '../../mpp/wire/challenge.ts'
import * as ChargeRequest from '../../mpp/wire/charge-request.ts'
import type { Close, Payload } from '../../mpp/wire/payload.ts'
import * as Proof from '../../mpp/wire/proof.ts'
import * as SessionRequest from '../../mpp/wire/session-request.ts'
import type { Source } from '../../mpp/wire/source.ts'
import { type Check, check, fails, holds, money, open } from './explanation.ts'

/** Checks of a payload under the terms it answers. */
export function sessionChecks(
  payload: Payload,
  request: SessionRequest.SessionRequest,
  source: Source | undefined,
): Check[] {
  const { escrowContract, chainId = SessionRequest.defaultChainId } = request.methodDetails
  const protocol = SessionRequest.protocol(request)
  const domain: Voucher.Domain = { protocol, chainId, escrow: escrowContract }
  return [
    ...channelChecks(payload, domain, request),
    ...(source === undefined ? [] : sourceChecks(payload, domain, source)),
    ...('signature' in payload ? voucherChecks(payload, domain, source) : []),
    ...(payload.action === 'close' ? closeChecks(payload, domain, source) : []),
    ...('transaction' in payload ? transactionChecks(payload, domain) : []),
  ]
}

function channelChecks(
  { descriptor, channelId }: Payload,
  domain: Voucher.Domain,
  { recipient, currency }: SessionRequest.SessionRequest,
): Check[] {
  if (domain.protocol === 'v1')
    return [
      check(
        descriptor === undefined,
        'v1 carries no descriptor: the channel id is looked up on chain',
        'a v1 payload carries no descriptor, this one does',
      ),
    ]
  if (descriptor === undefined) return [fails('a v2 payload carries a descriptor, this one does not')]
  const id = ChannelId.v2(descriptor, domain)
  return [
    check(
      id === channelId,
      `channel id is that of the descriptor on chain ${domain.chainId}`,
      `channel id is not that of the descriptor on chain ${domain.chainId}, ${id}`,
    ),
    check(
      descriptor.payee === recipient && descriptor.token === currency,
      'the channel pays the recipient in the currency of the challenge',
      'the channel pays another payee or in another token than the challenge asks',
    ),
  ]
}

function sourceChecks({ descriptor }: Payload, { chainId }: Voucher.Domain, source: Source): Check[] {
  const sameChain = check(
    source.chainId === chainId,
    'source is on the chain of the challenge',
    `source is on chain ${source.chainId}, the challenge on ${chainId}`,
  )
  if (descriptor === undefined) return [sameChain]
  return [
    sameChain,
    check(
      source.address === descriptor.payer,
      'source is the payer',
      'source is not the payer of the channel',
    ),
  ]
}

function voucherChecks(
  payload: Exclude<Payload, { action: 'topUp' }>,
  domain: Voucher.Domain,
  source: Source | undefined,
): Check[] {
  const { channelId, cumulativeAmount, signature, descriptor } = payload
  if (cumulativeAmount > Voucher.maxAmount(domain.protocol))
    return [fails(`the amount is over what a ${domain.protocol} voucher can name`)]
  const [decoded, refused] = signatureOf(signature)
  if (decoded === undefined) return refused
  const signer = Voucher.recover({ channelId, cumulativeAmount }, domain, signature)
  const named = 'authorizedSigner' in payload ? payload.authorizedSigner : undefined
  if (descriptor !== undefined) {
    const expected = Descriptor.signer(descriptor)
    const role = expected === descriptor.payer ? 'the payer' : 'the authorized signer'
    return [...refused, signedBy(signer, expected, role)]
  }
  const expected = named ?? source?.address
  return expected === undefined
    ? [...refused, open(`signature recovers to ${signer ?? 'nobody'}; nothing here says who must sign`)]
    : [...refused, signedBy(signer, expected, named === undefined ? 'the source' : 'the authorized signer')]
}

/** The consent of a v2 close: by the payer or its signer, for this channel and amount. */
function closeChecks(
  { channelId, cumulativeAmount, closeSignature, descriptor }: Close,
  domain: Voucher.Domain,
  source: Source | undefined,
): Check[] {
  if (domain.protocol === 'v1' || cumulativeAmount > Voucher.maxAmount('v2')) return []
  const what = 'close signature'
  if (closeSignature === undefined)
    return [open('carries no close signature: servers of current SDKs refuse such a close')]
  const [decoded, refused] = signatureOf(closeSignature, what)
  if (decoded === undefined) return refused
  const signer = CloseAuthorization.recover({ channelId, cumulativeAmount }, domain, closeSignature)
  const payer = descriptor?.payer ?? source?.address
  if (payer === undefined)
    return [...refused, open(`${what} recovers to ${signer ?? 'nobody'}; nothing here says who must sign`)]
  if (descriptor !== undefined && signer === Descriptor.signer(descriptor) && signer !== payer)
    return [...refused, holds(`${what} recovers to ${signer}, the authorized signer`)]
  return [...refused, signedBy(signer, payer, 'the payer', what)]
}

/** The signature, unless it is none, and what already speaks against it. */
function signatureOf(text: string, what = 'signature'): [Signature.Signature | undefined, Check[]] {
  try {
    const decoded = Signature.decode(text)
    return [
      decoded,
      Signature.isCanonical(decoded) ? [] : [fails(`${what} has a high s: refused everywhere`)],
    ]
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return [undefined, [fails(`${what} is none: ${error.message}`)]]
  }
}

const signedBy = (
  signer: Hex.Address | undefined,
  expected: Hex.Address,
  role: string,
  what = 'signature',
): Check =>
  check(
    signer === expected,
    `${what} recovers to ${expected}, ${role}`,
    `${what} recovers to ${signer ?? 'nobody'}, not to ${expected}, ${role}`,
  )

/** The transaction of an open or a top-up: who sent it, on which chain, and the call it makes. */
function transactionChecks(
  { transaction, descriptor }: Extract<Payload, { transaction: Hex.Hex }>,
  domain: Voucher.Domain,
): Check[] {
  try {
    const decoded = Transaction.decode(transaction)
    const calls = decoded.calls
      .filter(({ to }) => to === domain.escrow)
      .map(({ data }) => (domain.protocol === 'v2' ? ReserveAbi.decodeCall(data) : undefined))
    const call = calls.find((each) => each?.type === 'open' || each?.type === 'topUp')
    const out = [
      check(
        decoded.chainId === domain.chainId,
        `transaction is for chain ${decoded.chainId}`,
        `transaction is for chain ${decoded.chainId}, the challenge for ${domain.chainId}`,
      ),
    ]
    if (descriptor !== undefined)
      out.push(
        check(
          decoded.sender === descriptor.payer,
          'transaction was signed by the payer',
          `transaction was signed by ${decoded.sender}, not by the payer`,
        ),
      )
    if (call?.type === 'open')
      out.push(holds(`transaction opens with ${money(call.deposit, descriptor?.token)}`))
    if (call?.type === 'open' && descriptor !== undefined)
      out.push(
        check(
          decoded.expiringNonceHash === descriptor.expiringNonceHash,
          'expiring nonce hash is that of the transaction',
          `expiring nonce hash is not that of the transaction, ${decoded.expiringNonceHash}`,
        ),
      )
    if (call?.type === 'topUp')
      out.push(holds(`transaction adds ${money(call.additionalDeposit, descriptor?.token)}`))
    if (call === undefined) out.push(open('what the transaction asks of the escrow is not read'))
    return out
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return [fails(`transaction cannot be read: ${error.message}`)]
  }
}

/** The zero-amount proof: who signed the challenge's id. */
export function proofChecks(challenge: Challenge, signature: string, source: Source | undefined): Check[] {
  const { amount } = ChargeRequest.decode(challenge.request)
  const zero = check(amount === 0n, 'the charge is for zero', 'a proof answers only a charge for zero')
  const [decoded, refused] = signatureOf(signature)
  if (decoded === undefined) return [zero, ...refused]
  if (source === undefined) return [zero, ...refused, fails('a proof needs a source, which names who signed')]
  const signer = Proof.recover(challenge.id, source.chainId, signature)
  return [zero, ...refused, signedBy(signer, source.address, 'the source')]
}
