/** Names of the errors the channel contracts and the token revert with. */
export type RevertName =
  // TIP-1034
  | 'ChannelAlreadyExists'
  | 'ChannelNotFound'
  | 'NotPayer'
  | 'NotPayeeOrOperator'
  | 'InvalidPayee'
  | 'InvalidToken'
  | 'ZeroDeposit'
  | 'ExpiringNonceHashNotSet'
  | 'InvalidSignature'
  | 'AmountExceedsDeposit'
  | 'AmountNotIncreasing'
  | 'CaptureAmountInvalid'
  | 'CloseNotReady'
  | 'DepositOverflow'
  // The v1 escrow
  | 'ChannelFinalized'
  | 'NotPayee'
  | 'TransferFailed'
  // TIP-20
  | 'InsufficientBalance'
  | 'InsufficientAllowance'
  | 'InvalidRecipient'
  | 'PolicyForbids'
  | 'ContractPaused'
  // EIP-3009
  | 'CallerNotPayee'
  | 'AuthorizationNotYetValid'
  | 'AuthorizationExpired'
  | 'AuthorizationUsedOrCanceled'

/** The contract says no. Returned by the reducers; the state stays as it was. */
export interface ChannelRevert {
  revert: RevertName
  /** Arguments of the error, where it has any. */
  args?: readonly unknown[]
}

/** Builds a revert. */
export const revert = (name: RevertName, ...args: unknown[]): ChannelRevert =>
  args.length === 0 ? { revert: name } : { revert: name, args }

/** Whether an outcome is a revert. */
export const isRevert = (outcome: object): outcome is ChannelRevert => 'revert' in outcome
