/** Random calls on both channel contracts against the oracle and every invariant; `npm run nightly:model` runs more. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Contract, escrow, reserve } from '../../conformance/fuzz/contract/contract.ts'
import { Model } from '../../conformance/fuzz/contract/model.ts'
import * as Signatures from '../../conformance/fuzz/contract/signatures.ts'
import { nothingYet, onFresh, type Seen } from './actions.ts'

const size = Number(process.env['MODEL_STEPS'] ?? 10_000)
/** Real signatures cost a hundred times as much. */
const realSize = Math.max(500, size / 100)

/** Runs at least `steps` steps. */
function explore(contract: () => Contract, steps: number): Seen {
  const seen = nothingYet()
  while (seen.steps < steps)
    fc.assert(
      onFresh(() => new Model(contract()), seen),
      { numRuns: 100 },
    )
  return seen
}

const names = {
  v1: 'ChannelOpened Settled TopUp CloseRequested CloseRequestCancelled ChannelClosed ChannelExpired ChannelAlreadyExists ChannelNotFound ChannelFinalized InvalidSignature AmountExceedsDeposit AmountNotIncreasing NotPayer NotPayee TransferFailed CloseNotReady InvalidPayee DepositOverflow InsufficientAllowance',
  v2: 'ChannelOpened Settled TopUp CloseRequested CloseRequestCancelled ChannelClosed ChannelAlreadyExists ChannelNotFound NotPayer NotPayeeOrOperator InvalidPayee InvalidToken ZeroDeposit ExpiringNonceHashNotSet InvalidSignature AmountExceedsDeposit AmountNotIncreasing CaptureAmountInvalid CloseNotReady DepositOverflow InsufficientBalance PolicyForbids ContractPaused',
}

describe.each([
  ['v1', escrow],
  ['v2', reserve],
] as const)('%s', (version, contract) => {
  test(`${size} random steps break nothing, and every event and revert happens`, {
    timeout: 3_600_000,
  }, () => {
    const seen = explore(() => contract(), size)
    expect(seen.steps).toBeGreaterThanOrEqual(size)
    expect(names[version].split(' ').filter((name) => !seen.names.has(name))).toEqual([])
  })
  test('with real signatures too', { timeout: 3_600_000 }, () => {
    const seen = explore(() => contract({ signatures: Signatures.real }), realSize)
    expect(seen.steps).toBeGreaterThanOrEqual(realSize)
  })
})
