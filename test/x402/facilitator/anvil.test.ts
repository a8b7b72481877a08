/** The reference facilitator on two chains, the memory chain and Anvil: the same payments, the same answers, the same money. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tokenAt } from '../../../conformance/peers/x402/token.ts'
import { ChainClient } from '../../../src/chain/client.ts'
import { MemoryChain } from '../../../src/chain/memory/chain.ts'
import type { Bytes32 } from '../../../src/codec/hex.ts'
import type { TransferAuthorization } from '../../../src/contracts/transfer-authorization.ts'
import { encodeCall } from '../../../src/contracts/transfer-authorization-abi.ts'
import { devAccounts, type KeyAccount } from '../../../src/keys/accounts.ts'
import { fastestCurve } from '../../../src/keys/native-curve.ts'
import { facilitator } from '../../../src/x402/facilitator/facilitator.ts'
import * as Exact from '../../../src/x402/wire/exact.ts'
import { type Version, versions } from '../../../src/x402/wire/fields.ts'
import { anvilNode, missing } from '../../support/anvil.ts'
import { cli, start } from '../../support/cli.ts'
import { asset, chainId, payee, payer, payment, requirements } from '../../support/x402/samples.ts'

const account = devAccounts[2] as KeyAccount
const now = () => BigInt(Math.floor(Date.now() / 1000))
let nonces = 0
const nonce = (): Bytes32 => `0x${(++nonces).toString(16).padStart(64, '0')}`

/** Payments that are no good, and the reason of each. */
const wrong: [string, Partial<TransferAuthorization>, string][] = [
  ['for less', { value: 9_999n }, 'invalid_exact_evm_payload_authorization_value'],
  ['for somebody else', { to: payer.address }, 'invalid_exact_evm_payload_recipient_mismatch'],
  [
    'not yet valid',
    { validAfter: now() + 3_600n, validBefore: now() + 7_200n },
    'invalid_exact_evm_payload_authorization_valid_after',
  ],
  ['expired', { validBefore: now() - 10n }, 'invalid_exact_evm_payload_authorization_valid_before'],
  [
    'signed by another',
    { from: (devAccounts[5] as KeyAccount).address },
    'invalid_exact_evm_payload_signature',
  ],
]

const chains: [string, () => Promise<{ chain: ChainClient; close(): Promise<void> }>][] = [
  [
    'the memory chain',
    async () => {
      const funded = devAccounts.map(({ address }) => address)
      const memory = new MemoryChain({ funded, chainId, recoverKey: fastestCurve })
      return { chain: new ChainClient(memory), close: async () => undefined }
    },
  ],
  ['Anvil', () => anvilNode({ chainId })],
]

describe.each(chains)('on %s', (name, begin) => {
  const isMissing = name === 'Anvil' && missing !== undefined
  let chain: ChainClient
  let close: () => Promise<void> = async () => undefined
  beforeAll(async () => {
    if (!isMissing) ({ chain, close } = await begin())
  })
  afterAll(() => close())
  const at = () => tokenAt(chain, asset)
  const own = (options: Partial<Parameters<typeof facilitator>[0]> = {}) =>
    facilitator({ account, chain, recoverKey: fastestCurve, ...options })
  const balances = () => Promise.all([payer, payee].map(({ address }) => at().balance(address)))
  const request = async (version: Version, overrides: Partial<TransferAuthorization> = {}) => ({
    payment: await payment(version, { nonce: nonce(), ...overrides }),
    requirements: requirements(version),
  })

  describe.skipIf(isMissing).each(versions)('v%i', (version) => {
    test('a payment is verified, settled once, and refused by the chain when it comes again', async () => {
      const asked = await request(version)
      const { authorization, signature } = Exact.fromJson(asked.payment.payload)
      const before = await balances()
      expect(await own().verify(asked)).toEqual({ isValid: true, payer: payer.address })
      expect(await balances()).toEqual(before)
      const settled = await own().settle(asked)
      expect(settled).toMatchObject({ success: true, payer: payer.address })
      expect(await balances()).toEqual([(before[0] as bigint) - 10_000n, (before[1] as bigint) + 10_000n])
      expect(await at().isUsed(payer.address, authorization.nonce)).toBe(true)
      const receipt = await chain.findReceipt(settled.transaction as Bytes32)
      expect(receipt?.success).toBe(true)
      // Two that remember nothing of it: one by its rules, one that has none and asks the chain alone.
      const ruleless = own({ rules: { route: {}, claim: {}, standing: {} } })
      for (const other of [own(), ruleless])
        expect(await other.settle(asked)).toMatchObject({
          success: false,
          errorReason: 'invalid_transaction_state',
        })
      const call = { type: 'transferWithAuthorization', ...authorization, signature } as const
      const { raw } = await chain.sign(account, [{ to: asset, data: encodeCall(call) }], { gas: 500_000n })
      const mined = await chain.broadcast(raw).then(
        ({ success }) => success,
        () => false,
      )
      expect(mined).toBe(false)
      expect(await balances()).toEqual([(before[0] as bigint) - 10_000n, (before[1] as bigint) + 10_000n])
    })

    test.each(wrong)('%s: neither valid nor settled', async (_, change, reason) => {
      const before = await balances()
      const asked = await request(version, change)
      expect(await own().verify(asked)).toMatchObject({ isValid: false, invalidReason: reason })
      expect(await own().settle(asked)).toMatchObject({ success: false, errorReason: reason })
      expect(await balances()).toEqual(before)
    })

    test('without the money: refused, by the rules and by the chain', async () => {
      const value = 2n ** 100n
      const asked = {
        payment: await payment(version, { nonce: nonce(), value }, { amount: value }),
        requirements: requirements(version, { amount: value }),
      }
      expect(await own().settle(asked)).toMatchObject({ errorReason: 'insufficient_funds' })
      const { route, claim } = { route: {}, claim: {} }
      expect(await own({ rules: { route, claim, standing: {} } }).settle(asked)).toMatchObject({
        errorReason: 'invalid_transaction_state',
      })
    })

    test('two facilitators at once: one settles it, the money moves once', async () => {
      const asked = await request(version)
      const before = await balances()
      const answers = await Promise.all(Array.from({ length: 4 }, () => own().settle(asked)))
      expect(answers.filter(({ success }) => success)).toHaveLength(1)
      expect((await balances())[1]).toBe((before[1] as bigint) + 10_000n)
    })
  })
})

describe.skipIf(missing !== undefined)('on Anvil', () => {
  let node: Awaited<ReturnType<typeof anvilNode>>
  beforeAll(async () => {
    node = await anvilNode({ chainId })
  })
  afterAll(() => node?.close())

  test('the commands: a facilitator is judged, and a server and a client by one', async () => {
    await using own = await start(/facilitator/, 'facilitator', '--port', '0', '--rpc-url', node.url)
    const url = /facilitator (http:\S+)/.exec(own.output())?.[1] as string
    const judge = (role: string, only: string, ...more: string[]) =>
      cli('test', role, '--profile', 'x402', ...more, '--rpc-url', node.url, '--only', only)
    const answers = await Promise.all([
      judge('facilitator', 'settle', url),
      judge('server', 'stream', '--target', 'reference'),
      judge('client', 'pays', '--target', 'reference'),
    ])
    for (const { code, stdout, stderr } of answers) {
      expect(`${stdout}${stderr}`).toMatch(/\d passed, 0 failed/)
      // What payers were lent in a token that pays no fees went back: nothing stays with them.
      expect(stdout).not.toContain('stays at')
      expect(code).toBe(0)
    }
  })

  test('a payment that became valid after the last block is good for the next', async () => {
    const head = await node.anvil.request({ method: 'eth_getBlockByNumber', params: ['latest', false] })
    const last = Number((head as { timestamp: string }).timestamp)
    await node.anvil.request({ method: 'evm_setNextBlockTimestamp', params: [last + 10] })
    const own = facilitator({
      account,
      chain: node.chain,
      recoverKey: fastestCurve,
      clock: () => (last + 10) * 1000,
    })
    const asked = {
      payment: await payment(1, { nonce: nonce(), validAfter: BigInt(last + 5) }),
      requirements: requirements(1),
    }
    expect(await own.verify(asked)).toMatchObject({ isValid: true })
    expect(await own.settle(asked)).toMatchObject({ success: true })
  })
})
