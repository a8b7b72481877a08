/** Read-only helper contracts that SDKs call: Multicall3 and the fee manager. */

import { type Address, type Hex, zeroAddress } from '../../codec/hex.ts'
import { contractAbi } from '../../contracts/abi.ts'
import { type Execution, ExecutionRevert } from './execution.ts'

export const multicallAddress: Address = '0xca11bde05977b3631167028862be2a173976ca11'
/** Receives the fees, and answers which token an account prefers to pay them in. */
export const feeManager: Address = '0xfeec000000000000000000000000000000000000'

/** How deep multicalls may nest. */
const maxDepth = 4

const multicallAbi = contractAbi([
  'struct Call3 { address target; bool allowFailure; bytes callData; }',
  'struct Result { bool success; bytes returnData; }',
  'function aggregate3(Call3[] calls) payable returns (Result[] returnData)',
])
const feeManagerAbi = contractAbi(['function userTokens(address user) view returns (address)'])

/** Executes one call: what a multicall is given, which knows no contract itself. */
type Execute = (execution: Execution, to: Address | undefined, data: Hex) => Hex

/** Several calls in one; failures are reported where allowed. Nesting has an end, as it has where gas is paid. */
export function multicall(execution: Execution, data: Hex, execute: Execute): Hex {
  if (execution.depth >= maxDepth) throw new ExecutionRevert('UnknownFunction', '0x')
  execution.depth++
  try {
    return aggregate(execution, data, execute)
  } finally {
    execution.depth--
  }
}

function aggregate(execution: Execution, data: Hex, execute: Execute): Hex {
  const { name, args } = multicallAbi.decodeCall(data)
  const calls = args['calls'] as { target: Address; allowFailure: boolean; callData: Hex }[]
  const results = calls.map(({ target, allowFailure, callData }) => {
    const mark = execution.state.journal.mark()
    const logs = execution.logs.length
    try {
      return { success: true, returnData: execute(execution, target, callData) }
    } catch (error) {
      if (!(error instanceof ExecutionRevert) || !allowFailure) throw error
      execution.state.journal.rollback(mark)
      execution.logs.length = logs
      return { success: false, returnData: error.data }
    }
  })
  return multicallAbi.encodeResult(name, results)
}

/** No account has a preference. */
export function feeManagerCall(data: Hex): Hex {
  const { name } = feeManagerAbi.decodeCall(data)
  return feeManagerAbi.encodeResult(name, zeroAddress)
}
