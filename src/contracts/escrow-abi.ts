/**
 * ABI of the v1 escrow as it is deployed, and the mapping between its calldata and the reducer's calls.
 * Where the deployed contract and the session draft's appendix differ, spec/readings.md K1 says which is taken.
 */
import type { Address, Hex } from '../codec/hex.ts'
import { type Args, contractAbi, type Log } from './abi.ts'
import type * as Escrow from './escrow.ts'

const parties = 'bytes32 indexed channelId, address indexed payer, address indexed payee'
const members =
  'bool finalized, uint64 closeRequestedAt, address payer, address payee, address token, address authorizedSigner, uint128 deposit, uint128 settled'

export const abi = contractAbi([
  `struct Channel { ${members.replaceAll(',', ';')}; }`,
  'function open(address payee, address token, uint128 deposit, bytes32 salt, address authorizedSigner) returns (bytes32 channelId)',
  'function settle(bytes32 channelId, uint128 cumulativeAmount, bytes signature)',
  'function topUp(bytes32 channelId, uint256 additionalDeposit)',
  // The draft's width; the deployed contract has the one above. Both are taken (ESC-FN-008).
  'function topUp(bytes32 channelId, uint128 additionalDeposit)',
  'function close(bytes32 channelId, uint128 cumulativeAmount, bytes signature)',
  'function requestClose(bytes32 channelId)',
  'function withdraw(bytes32 channelId)',
  `function channels(bytes32 channelId) view returns (${members})`,
  'function getChannel(bytes32 channelId) view returns (Channel channel)',
  'function getChannelsBatch(bytes32[] channelIds) view returns (Channel[] channelStates)',
  'function computeChannelId(address payer, address payee, address token, bytes32 salt, address authorizedSigner) view returns (bytes32 channelId)',
  'function getVoucherDigest(bytes32 channelId, uint128 cumulativeAmount) view returns (bytes32 digest)',
  'function domainSeparator() view returns (bytes32 separator)',
  'function eip712Domain() view returns (bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)',
  'function CLOSE_GRACE_PERIOD() view returns (uint64 secs)',
  'function VOUCHER_TYPEHASH() view returns (bytes32 typeHash)',
  `event ChannelOpened(${parties}, address token, address authorizedSigner, bytes32 salt, uint256 deposit)`,
  `event Settled(${parties}, uint256 cumulativeAmount, uint256 deltaPaid, uint256 newSettled)`,
  `event TopUp(${parties}, uint256 additionalDeposit, uint256 newDeposit)`,
  `event CloseRequested(${parties}, uint256 closeGraceEnd)`,
  `event CloseRequestCancelled(${parties})`,
  `event ChannelClosed(${parties}, uint256 settledToPayee, uint256 refundedToPayer)`,
  `event ChannelExpired(${parties})`,
  'error ChannelAlreadyExists()',
  'error ChannelNotFound()',
  'error ChannelFinalized()',
  'error InvalidSignature()',
  'error AmountExceedsDeposit()',
  'error AmountNotIncreasing()',
  'error NotPayer()',
  'error NotPayee()',
  'error TransferFailed()',
  'error CloseNotReady()',
  'error InvalidPayee()',
  'error DepositOverflow()',
])

const callNames = new Set<string>(['open', 'settle', 'topUp', 'close', 'requestClose', 'withdraw'])

/** A call to its calldata. */
export const encodeCall = (call: Escrow.Call): Hex => abi.encodeCall(call.type, call as unknown as Args)

/** Calldata to a state-changing call, or undefined for a view. Throws `DecodeError`. */
export function decodeCall(data: Hex): Escrow.Call | undefined {
  const { name, args } = abi.decodeCall(data)
  return callNames.has(name) ? ({ type: name, ...args } as unknown as Escrow.Call) : undefined
}

/** What `getChannel` answers, to a channel; a payer of zero means there is none. */
export const decodeChannel = (data: Hex): Escrow.Channel => {
  const channel = abi.decodeResult('getChannel', data) as Escrow.Channel & { closeRequestedAt: bigint }
  return { ...channel, closeRequestedAt: Number(channel.closeRequestedAt) }
}

/** An event of the escrow at `escrow` to its log. */
export const encodeEvent = (escrow: Address, event: Escrow.Event): Log =>
  abi.encodeLog(escrow, event.name, event as unknown as Args)

/** A log of the escrow at `escrow` to its event; undefined for a log of any other address or event. */
export function decodeEvent(escrow: Address, log: Log): Escrow.Event | undefined {
  if (log.address.toLowerCase() !== escrow) return undefined
  const decoded = abi.decodeLog(log)
  return decoded === undefined
    ? undefined
    : ({ name: decoded.name, ...decoded.args } as unknown as Escrow.Event)
}
