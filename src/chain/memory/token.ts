/** TIP-20 calls on the memory chain. */

import type { Address, Hex } from '../../codec/hex.ts'
import { type ChannelRevert, isRevert } from '../../contracts/revert.ts'
import * as Token from '../../contracts/token.ts'
import { abi } from '../../contracts/token-abi.ts'
import { type Execution, ExecutionRevert } from './execution.ts'

/** Decimal places of every token here. */
export const decimals = 6

/** A token call to its return bytes. */
export function tokenCall(execution: Execution, token: Address, data: Hex): Hex {
  const { name, args } = abi.decodeCall(data)
  const { state, sender } = execution
  const { account, owner, spender, from, to, amount } = args as Record<string, Address> & { amount: bigint }
  const ok = (result: unknown) => abi.encodeResult(name, result)
  switch (name) {
    case 'name':
    case 'symbol':
      return ok('pathUSD')
    case 'currency':
      return ok('USD')
    case 'decimals':
      return ok(decimals)
    case 'paused':
      return ok(state.isPaused(token))
    case 'totalSupply':
      return ok(state.supply(token))
    case 'balanceOf':
      return ok(state.balance(token, account as Address))
    case 'allowance':
      return ok(state.allowance(token, owner as Address, spender as Address))
    case 'approve':
      carryOut(execution, Token.approve(token, sender, spender as Address, amount))
      return ok(true)
    case 'transferFrom':
      carryOut(
        execution,
        Token.transfer(state, {
          token,
          from: from as Address,
          to: to as Address,
          amount,
          spender: sender,
        }),
      )
      return ok(true)
    default: {
      // transfer and transferWithMemo
      const move = { token, from: sender, to: to as Address, amount }
      carryOut(execution, Token.transfer(state, move))
      if (name !== 'transferWithMemo') return ok(true)
      execution.logs.push(abi.encodeLog(token, 'TransferWithMemo', { ...move, memo: args['memo'] }))
      return '0x'
    }
  }
}

/** Writes a token effect and its logs, or stops the transaction. */
export function carryOut(execution: Execution, outcome: Token.TokenEffect | ChannelRevert): void {
  if (isRevert(outcome))
    throw new ExecutionRevert(outcome.revert, abi.encodeError(outcome.revert, outcome.args))
  execution.state.commit(outcome)
  for (const event of outcome.events)
    execution.logs.push(abi.encodeLog(event.token, event.name, { ...event }))
}
