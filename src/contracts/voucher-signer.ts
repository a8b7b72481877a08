/** Who signs a channel's vouchers. Apart from the descriptor's wire form, so that the contracts need no schemas. */
import { type Address, zeroAddress } from '../codec/hex.ts'

/** Who must have signed a voucher of this channel: the payer, unless it named another (SESS-SIG-009). */
export const voucherSigner = (channel: { payer: Address; authorizedSigner: Address }): Address =>
  channel.authorizedSigner === zeroAddress ? channel.payer : channel.authorizedSigner
