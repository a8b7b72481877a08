/**
 * `npm run bench:chain`: how fast the channel contracts and the memory chain are, and how much a channel weighs.
 * Each section prints one line;
 * `-- reducer`, `-- http` or `-- channels` runs one alone.
 */

import { MemoryChain } from '../src/chain/memory/chain.ts'
import { print } from '../src/cli/output.ts'
import { type Address, zeroAddress } from '../src/codec/hex.ts'
import * as Reserve from '../src/contracts/reserve.ts'
import { isRevert } from '../src/contracts/revert.ts'
import * as Token from '../src/contracts/token.ts'
import { devAccounts, type KeyAccount } from '../src/keys/accounts.ts'
import { overHttp } from './chain-http.ts'

const [payee, payer] = devAccounts as readonly [KeyAccount, KeyAccount]
const parts = {
  payee: payee.address,
  operator: zeroAddress,
  token: Token.pathUsd,
  authorizedSigner: zeroAddress,
}
const word = (n: number): Address => `0x${n.toString(16).padStart(64, '0')}`
/** Opens to a block. */
const blockSize = 10
const thousands = (value: number) => Math.round(value).toLocaleString('en-US')

/** Every call of a channel's life but open, through the reducer, ids resolved and signatures taken as good. */
function reducer(seconds: number): void {
  const descriptor = { ...parts, payer: payer.address, salt: word(1), expiringNonceHash: word(2) }
  const context: Reserve.Context = {
    sender: payer.address,
    timestamp: 1_800_000_000,
    chainId: 42_431,
    expiringNonceHash: word(2),
    openedThisTransaction: () => false,
    isSignedBy: () => true,
  }
  const asPayee = { ...context, sender: payee.address }
  const id = Reserve.channelId({ type: 'withdraw', descriptor }, context)
  const life: [Reserve.Call, Reserve.Context][] = [
    [{ type: 'open', deposit: 1_000n, ...descriptor }, context],
    [{ type: 'settle', descriptor, cumulativeAmount: 400n, signature: '0x' }, asPayee],
    [{ type: 'topUp', descriptor, additionalDeposit: 1_000n }, context],
    [{ type: 'settle', descriptor, cumulativeAmount: 900n, signature: '0x' }, asPayee],
    [{ type: 'requestClose', descriptor }, context],
    [{ type: 'topUp', descriptor, additionalDeposit: 0n }, context],
    [
      { type: 'close', descriptor, cumulativeAmount: 1_500n, captureAmount: 1_200n, signature: '0x' },
      asPayee,
    ],
  ]
  let calls = 0
  let slot: Reserve.Slot | undefined
  const start = performance.now()
  const end = start + seconds * 1000
  while (performance.now() < end) {
    for (const [call, by] of life) {
      const effect = Reserve.apply(slot, call, by, id)
      if (isRevert(effect)) throw new Error(`${call.type} reverted: ${effect.revert}`)
      slot = effect.slot
    }
    if (slot !== undefined) throw new Error('the channel is still open')
    calls += life.length
  }
  print(`reducer   ${thousands((calls / (performance.now() - start)) * 1000)} calls/s`)
}

/**
 * Opens channels through the reducer into a chain's state, tokens moved and blocks mined, and weighs the process.
 * Signing, ABI and logs are left out: they take most of the time and keep nothing once their block is forgotten.
 */
function openChannels(count: number): void {
  const chain = new MemoryChain({ funded: [payer.address], balance: 10n ** 18n })
  const { state, chainId } = chain
  const start = performance.now()
  for (let i = 0; i < count; i++) {
    const context: Reserve.Context = {
      sender: payer.address,
      timestamp: chain.head.timestamp,
      chainId,
      expiringNonceHash: word(i + 1),
      openedThisTransaction: () => false,
      isSignedBy: () => false,
    }
    const effect = Reserve.apply(
      undefined,
      { type: 'open', deposit: 1_000n + BigInt(i), salt: word(i), ...parts },
      context,
    )
    if (isRevert(effect)) throw new Error(`open reverted: ${effect.revert}`)
    for (const move of effect.moves) {
      const moved = Token.move(state, move)
      if (isRevert(moved)) throw new Error(`transfer reverted: ${moved.revert}`)
      state.commit(moved)
    }
    state.reserve.set(effect.channelId, effect.slot)
    if (i % blockSize === 0) chain.mine()
  }
  if (state.reserve.size !== count) throw new Error(`${state.reserve.size} channels are open`)
  const seconds = (performance.now() - start) / 1000
  const megabytes = process.memoryUsage().rss / 2 ** 20
  print(
    `channels  ${thousands(count)} open in ${seconds.toFixed(0)} s (${thousands(count / seconds)}/s), ` +
      `process ${thousands(megabytes)} MB`,
  )
}

const sections: Record<string, () => void | Promise<void>> = {
  reducer: () => reducer(3),
  http: overHttp,
  channels: () => openChannels(Number(process.argv[3] ?? 1_000_000)),
}
const wanted = process.argv[2]
if (wanted !== undefined && !Object.hasOwn(sections, wanted))
  throw new Error(`expected one of ${Object.keys(sections).join(', ')}`)
for (const [name, run] of Object.entries(sections)) if (wanted === undefined || wanted === name) await run()
