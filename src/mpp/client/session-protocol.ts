/** The protocol of a session, by the terms it is offered under. */
import { protocolAt } from '../../chain/channel-contract.ts'
import type { SessionProtocol } from '../../contracts/voucher.ts'
import type { SessionRequest } from '../wire/session-request.ts'

/** The protocol that the challenge names; where it names none, the protocol of the contract's address. */
export const protocolOf = ({ methodDetails }: SessionRequest): SessionProtocol =>
  methodDetails.sessionProtocol ?? protocolAt(methodDetails.escrowContract)
