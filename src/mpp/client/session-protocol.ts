/** The protocol of a session, by the terms it is offered under. */
import { protocolAt } from '../../chain/channel-contract.ts'
import type { SessionProtocol } from '../../contracts/voucher.ts'
import type { SessionRequest } from '../wire/session-request.ts'

/** A server SHOULD name the protocol; where it does not, the contract's address does. */
export const protocolOf = ({ methodDetails }: SessionRequest): SessionProtocol =>
  methodDetails.sessionProtocol ?? protocolAt(methodDetails.escrowContract)
