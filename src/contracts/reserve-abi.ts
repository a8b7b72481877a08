/**
 * ABI of the v2 channel reserve, and the mapping between its calldata and the reducer's calls.
 * Source: TIP-1034, "Interface". Selectors, topics and error selectors are pinned in the tests.
 */
import type { Bytes32, Hex } from '../codec/hex.ts'
import { type Args, contractAbi, type Log } from './abi.ts'
import * as Reserve from './reserve.ts'

const descriptor = 'ChannelDescriptor descriptor'
const parties = 'bytes32 indexed channelId, address indexed payer, address indexed payee'

export const abi = contractAbi([
  'struct ChannelDescriptor { address payer; address payee; address operator; address token; bytes32 salt; address authorizedSigner; bytes32 expiringNonceHash; }',
  'struct ChannelState { uint96 settled; uint96 deposit; uint32 closeRequestedAt; }',
  'struct Channel { ChannelDescriptor descriptor; ChannelState state; }',
  'function open(address payee, address operator, address token, uint96 deposit, bytes32 salt, address authorizedSigner) returns (bytes32 channelId)',
  `function settle(${descriptor}, uint96 cumulativeAmount, bytes signature)`,
  `function topUp(${descriptor}, uint96 additionalDeposit)`,
  `function close(${descriptor}, uint96 cumulativeAmount, uint96 captureAmount, bytes signature)`,
  `function requestClose(${descriptor})`,
  `function withdraw(${descriptor})`,
  `function getChannel(${descriptor}) view returns (Channel channel)`,
  'function getChannelState(bytes32 channelId) view returns (ChannelState state)',
  'function getChannelStatesBatch(bytes32[] channelIds) view returns (ChannelState[] states)',
  'function computeChannelId(address payer, address payee, address operator, address token, bytes32 salt, address authorizedSigner, bytes32 expiringNonceHash) view returns (bytes32 channelId)',
  'function getVoucherDigest(bytes32 channelId, uint96 cumulativeAmount) view returns (bytes32 digest)',
  'function domainSeparator() view returns (bytes32 separator)',
  'function storageCredits(address payer) view returns (uint64 credits)',
  'function CLOSE_GRACE_PERIOD() view returns (uint64 secs)',
  'function VOUCHER_TYPEHASH() view returns (bytes32 typeHash)',
  `event ChannelOpened(${parties}, address operator, address token, address authorizedSigner, bytes32 salt, bytes32 expiringNonceHash, uint96 deposit)`,
  `event Settled(${parties}, uint96 cumulativeAmount, uint96 deltaPaid, uint96 newSettled)`,
  `event TopUp(${parties}, uint96 additionalDeposit, uint96 newDeposit)`,
  `event CloseRequested(${parties}, uint256 closeGraceEnd)`,
  `event CloseRequestCancelled(${parties})`,
  `event ChannelClosed(${parties}, uint96 settledToPayee, uint96 refundedToPayer)`,
  'error ChannelAlreadyExists()',
  'error ChannelNotFound()',
  'error NotPayer()',
  'error NotPayeeOrOperator()',
  'error InvalidPayee()',
  'error InvalidToken()',
  'error ZeroDeposit()',
  'error ExpiringNonceHashNotSet()',
  'error InvalidSignature()',
  'error AmountExceedsDeposit()',
  'error AmountNotIncreasing()',
  'error CaptureAmountInvalid()',
  'error CloseNotReady()',
  'error DepositOverflow()',
])

const callNames = new Set<string>(['open', 'settle', 'topUp', 'close', 'requestClose', 'withdraw'])

/** A call to its calldata. */
export const encodeCall = (call: Reserve.Call): Hex => abi.encodeCall(call.type, call as unknown as Args)

/** Calldata to a state-changing call, or undefined for a view. Throws `DecodeError`. */
export function decodeCall(data: Hex): Reserve.Call | undefined {
  const { name, args } = abi.decodeCall(data)
  return callNames.has(name) ? ({ type: name, ...args } as unknown as Reserve.Call) : undefined
}

/** An event to its log. */
export const encodeEvent = (event: Reserve.Event): Log =>
  abi.encodeLog(Reserve.address, event.name, event as unknown as Args)

/** A log of the reserve to its event; undefined for a log of any other address or event. */
export function decodeEvent(log: Log): Reserve.Event | undefined {
  if (log.address.toLowerCase() !== Reserve.address) return undefined
  const decoded = abi.decodeLog(log)
  return decoded === undefined
    ? undefined
    : ({ name: decoded.name, ...decoded.args } as unknown as Reserve.Event)
}

/** A question for a channel's state, as `abi.encodeCall` writes it: servers ask it for voucher after voucher. */
export function stateCall(channelId: Bytes32): Hex {
  if (!/^0x[0-9a-f]{64}$/.test(channelId)) return abi.encodeCall('getChannelState', { channelId })
  selector ??= abi.encodeCall('getChannelState', { channelId }).slice(0, 10)
  return `${selector}${channelId.slice(2)}` as Hex
}
let selector: string | undefined

/** Three words: two uint96 and a uint32. */
const plainState = /^0x0{40}([0-9a-f]{24})0{40}([0-9a-f]{24})0{56}([0-9a-f]{8})$/

/** The answer to it, as `abi.decodeResult` reads it. Throws `DecodeError`. */
export function decodeState(data: Hex): Reserve.Slot {
  const [, settled, deposit, at] = plainState.exec(data) ?? []
  if (at === undefined) return abi.decodeResult('getChannelState', data) as Reserve.Slot
  return {
    settled: BigInt(`0x${settled}`),
    deposit: BigInt(`0x${deposit}`),
    closeRequestedAt: Number.parseInt(at, 16),
  }
}
