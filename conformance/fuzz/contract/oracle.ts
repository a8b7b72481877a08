/**
 * What both channel contracts should do, as plainly as it can be said: a ledger of who paid what into and out of
 * which channel, and one list of reasons to refuse each call. Written from TIP-1034 and the session draft, not from
 * the reducers; it shares no rule with them.
 */
import { type Address, type Bytes32, zeroAddress } from '../../../src/codec/hex.ts'
import { maxUint96, maxUint128 } from '../../../src/codec/uint.ts'
import type { Descriptor } from '../../../src/contracts/descriptor.ts'
import type { SessionProtocol } from '../../../src/contracts/voucher.ts'
import { keyOf, type Request } from './request.ts'

/** A channel's life so far. */
export interface Account {
  descriptor: Descriptor
  /** Paid in by the payer, in all. */
  paidIn: bigint
  /** Paid out to the payee, in all. */
  paidOut: bigint
  /** When the payer asked to close, in seconds. */
  askedAt: number | undefined
  open: boolean
}

/** An event without the channel's id: its name and members. */
export type Told = Record<string, unknown> & { name: string }
export type Verdict = { revert: string } | { events: Told[] }

const forever = 2n ** 256n - 1n
const looksLikeToken = (account: Address) => /^0x20c0{22}/.test(account)

export class Oracle {
  readonly version: SessionProtocol
  readonly contract: Address
  now: number
  /** The enclosing transaction's hash, absent where there is none, and what it opened. */
  transaction: Bytes32 | undefined
  openedHere = new Set<string>()
  readonly accounts = new Map<string, Account>()
  readonly balances = new Map<string, bigint>()
  readonly allowances = new Map<string, bigint>()
  /** `token|account|role` of whom a policy stops. */
  readonly blocked = new Set<string>()
  readonly paused = new Set<Address>()

  constructor(version: SessionProtocol, contract: Address, now: number) {
    this.version = version
    this.contract = contract
    this.now = now
  }

  /** Whether the voucher is what this request needs: right signer, right channel, right amount, one of a kind. */
  isGood({ descriptor, voucher, amount }: Request): boolean {
    const { payer, authorizedSigner } = descriptor
    return (
      voucher.form === 'canonical' &&
      voucher.cumulativeAmount === amount &&
      voucher.by === (authorizedSigner === zeroAddress ? payer : authorizedSigner) &&
      keyOf(this.version, voucher.on) === keyOf(this.version, descriptor)
    )
  }

  call(request: Request): Verdict {
    if (request.method === 'open') return this.#open(request)
    const account = this.accounts.get(keyOf(this.version, request.descriptor))
    if (account === undefined || (this.version === 'v2' && !account.open))
      return { revert: 'ChannelNotFound' }
    const stranger = this.#stranger(request, account)
    if (stranger !== undefined) return { revert: stranger }
    if (!account.open) return { revert: 'ChannelFinalized' }
    switch (request.method) {
      case 'settle':
        return this.#settle(request, account)
      case 'close':
        return this.#close(request, account)
      case 'topUp':
        return this.#topUp(request, account)
      case 'requestClose':
        if (account.askedAt !== undefined) return { events: [] }
        account.askedAt = this.version === 'v2' && this.now > 0xffffffff ? 0xffffffff : this.now
        return { events: [told('CloseRequested', account, { closeGraceEnd: BigInt(this.now) + 900n })] }
      default:
        return this.#withdraw(account)
    }
  }

  /** Moves tokens, or says why not. */
  transfer(
    token: Address,
    from: Address,
    to: Address,
    amount: bigint,
    { spender, policy = true }: { spender?: Address; policy?: boolean } = {},
  ): string | undefined {
    const allowance = spender === undefined ? forever : this.#allowed(token, from, spender)
    const balance = this.balances.get(`${token}|${from}`) ?? 0n
    if (this.paused.has(token)) return 'ContractPaused'
    if (to === zeroAddress || looksLikeToken(to)) return 'InvalidRecipient'
    if (policy && !this.#mayPay(token, from, to)) return 'PolicyForbids'
    if (amount > allowance) return 'InsufficientAllowance'
    if (amount > balance) return 'InsufficientBalance'
    this.balances.set(`${token}|${from}`, balance - amount)
    this.balances.set(`${token}|${to}`, (this.balances.get(`${token}|${to}`) ?? 0n) + amount)
    if (spender !== undefined && allowance !== forever)
      this.allowances.set(`${token}|${from}|${spender}`, allowance - amount)
    return undefined
  }

  /** Whether no policy stops one of the two. */
  #mayPay(token: Address, from: Address, to: Address): boolean {
    return !this.blocked.has(`${token}|${from}|send`) && !this.blocked.has(`${token}|${to}|receive`)
  }

  #allowed(token: Address, owner: Address, spender: Address): bigint {
    return this.allowances.get(`${token}|${owner}|${spender}`) ?? 0n
  }

  #stranger({ method, sender }: Request, { descriptor }: Account): string | undefined {
    const { payer, payee, operator } = descriptor
    if (method !== 'settle' && method !== 'close') return sender === payer ? undefined : 'NotPayer'
    if (sender === payee) return undefined
    if (this.version === 'v1') return 'NotPayee'
    return operator !== zeroAddress && sender === operator ? undefined : 'NotPayeeOrOperator'
  }

  #open({ sender, descriptor, amount }: Request): Verdict {
    const { payee, token } = descriptor
    const key = keyOf(this.version, descriptor)
    const isToken = looksLikeToken(token)
    if (payee === zeroAddress) return { revert: 'InvalidPayee' }
    if (this.version === 'v2') {
      if (looksLikeToken(payee)) return { revert: 'InvalidPayee' }
      if (!isToken) return { revert: 'InvalidToken' }
      if (amount === 0n) return { revert: 'ZeroDeposit' }
      if (this.transaction === undefined) return { revert: 'ExpiringNonceHashNotSet' }
      if (this.openedHere.has(key)) return { revert: 'ChannelAlreadyExists' }
    }
    if (this.accounts.has(key)) return { revert: 'ChannelAlreadyExists' }
    if (!isToken) return { revert: 'TransferFailed' }
    const stopped = this.#pull(token, sender, payee, amount)
    if (stopped !== undefined) return { revert: stopped }
    const account = { descriptor, paidIn: amount, paidOut: 0n, askedAt: undefined, open: true }
    this.accounts.set(key, account)
    this.openedHere.add(key)
    const { operator, salt, authorizedSigner, expiringNonceHash } = descriptor
    const terms = { token, salt, authorizedSigner, deposit: amount }
    const v2 = this.version === 'v2' ? { operator, expiringNonceHash } : {}
    return { events: [told('ChannelOpened', account, { ...terms, ...v2 })] }
  }

  /** Tokens into the contract. v2 pulls without an allowance, but not where the payer may not pay the payee. */
  #pull(token: Address, payer: Address, payee: Address, amount: bigint): string | undefined {
    if (this.version === 'v1')
      return this.transfer(token, payer, this.contract, amount, { spender: this.contract })
    if (!this.#mayPay(token, payer, payee)) return 'PolicyForbids'
    return this.transfer(token, payer, this.contract, amount, { policy: false })
  }

  /** Tokens out of the contract. v2 pays no payee whom the payer may not pay. */
  #payOut(account: Account, amount: bigint): string | undefined {
    const { token, payer, payee } = account.descriptor
    if (amount === 0n) return undefined
    if (this.version === 'v1') return this.transfer(token, this.contract, payee, amount)
    if (!this.#mayPay(token, payer, payee)) return 'PolicyForbids'
    return this.transfer(token, this.contract, payee, amount, { policy: false })
  }

  #settle(request: Request, account: Account): Verdict {
    const { amount } = request
    if (amount > account.paidIn) return { revert: 'AmountExceedsDeposit' }
    if (amount <= account.paidOut) return { revert: 'AmountNotIncreasing' }
    if (!this.isGood(request)) return { revert: 'InvalidSignature' }
    const deltaPaid = amount - account.paidOut
    const stopped = this.#payOut(account, deltaPaid)
    if (stopped !== undefined) return { revert: stopped }
    account.paidOut = amount
    return {
      events: [told('Settled', account, { cumulativeAmount: amount, deltaPaid, newSettled: amount })],
    }
  }

  #topUp({ amount }: Request, account: Account): Verdict {
    const { token, payer, payee } = account.descriptor
    const asked = account.askedAt !== undefined
    if (this.version === 'v2' && amount === 0n && !asked) return { events: [] }
    if (account.paidIn + amount > (this.version === 'v1' ? maxUint128 : maxUint96))
      return { revert: 'DepositOverflow' }
    const stopped = amount === 0n ? undefined : this.#pull(token, payer, payee, amount)
    if (stopped !== undefined) return { revert: stopped }
    account.paidIn += amount
    account.askedAt = undefined
    const topUp = told('TopUp', account, { additionalDeposit: amount, newDeposit: account.paidIn })
    return { events: asked ? [told('CloseRequestCancelled', account), topUp] : [topUp] }
  }

  #close(request: Request, account: Account): Verdict {
    const { amount, capture } = request
    const before = account.paidOut
    let total = amount
    if (this.version === 'v2') {
      if (capture < before || capture > amount) return { revert: 'CaptureAmountInvalid' }
      total = capture
    } else if (amount < before) total = before
    if (total > account.paidIn) return { revert: 'AmountExceedsDeposit' }
    if (total !== before && !this.isGood(request)) return { revert: 'InvalidSignature' }
    return this.#end(account, total, 'ChannelClosed')
  }

  #withdraw(account: Account): Verdict {
    if (account.askedAt === undefined || this.now - account.askedAt < 900) return { revert: 'CloseNotReady' }
    if (this.version === 'v2') return this.#end(account, account.paidOut, 'ChannelClosed')
    return this.#end(account, account.paidOut, 'ChannelExpired', 'ChannelClosed')
  }

  /** Pays the payee up to `total` and the payer the rest, or nobody. */
  #end(account: Account, total: bigint, ...names: string[]): Verdict {
    const { token, payer } = account.descriptor
    const refund = account.paidIn - total
    const was = new Map(this.balances)
    const stopped =
      this.#payOut(account, total - account.paidOut) ??
      (refund === 0n
        ? undefined
        : this.transfer(token, this.contract, payer, refund, { policy: this.version === 'v1' }))
    if (stopped !== undefined) {
      for (const [key, balance] of was) this.balances.set(key, balance)
      for (const key of this.balances.keys()) if (!was.has(key)) this.balances.delete(key)
      return { revert: stopped }
    }
    account.paidOut = total
    account.open = false
    const figures = { settledToPayee: total, refundedToPayer: refund }
    return { events: names.map((name) => told(name, account, name === 'ChannelClosed' ? figures : {})) }
  }
}

const told = (name: string, { descriptor }: Account, members: Record<string, unknown> = {}): Told => ({
  name,
  payer: descriptor.payer,
  payee: descriptor.payee,
  ...members,
})
