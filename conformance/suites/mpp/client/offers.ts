/** What a client may lack: what it does beyond fetching a URL, and how a user says that it does. */
import type { SessionProtocol } from '../../../../src/contracts/voucher.ts'
import type { Offers, Statement } from '../../../kit/suite.ts'

/** Things a client can do when it is told to, by a variable of its environment. */
export const abilities = {
  bodies: 'a client that sends BODY by METHOD, as a stream or a form where BODY_AS says so: say --can bodies',
  login: 'a client that sends AUTHORIZATION with its requests, where it is told to: say --can login',
  leaves: 'a client that keeps its channel open for the next errand where LEAVE=1 says so: say --can leaves',
  parallel: 'a client that sends REQUESTS requests at once, where it is told to: say --can parallel',
  delegates: 'a client whose vouchers SIGNER_PRIVATE_KEY signs, where it is told: say --can delegates',
  recovers: 'a client that asks for its deposits back on chain where RECOVER=1 says so: say --can recovers',
  trusts:
    'a client that trusts the certificate in the file NODE_EXTRA_CA_CERTS or SSL_CERT_FILE, where it is told to: say --can trusts',
  patience: 'a client that waits no longer than PATIENCE_MS for anything: say --can patience',
} as const

export type Ability = keyof typeof abilities

export const offers: Offers = { resources: {}, powers: abilities }

/** States the protocol that the kit sells by. */
export const sellingBy: Statement = {
  flag: '--protocol <v1|v2>',
  what: 'the session protocol the kit sells by (default v2); v1 for a client that knows no other',
  parse(text): SessionProtocol {
    if (text !== 'v1' && text !== 'v2') throw new TypeError(`${text} is neither v1 nor v2`)
    return text
  },
  show: (protocol: SessionProtocol) => protocol,
}

/** Why something is not judged of a client that buys by v1. */
export const v2Alone = 'channels of v1 have nothing of the kind'

/** The deposit that is suggested where a scenario does not ask for another, in tokens: five of the usual eight units. */
export const usualDeposit = '0.005'

/** States another deposit to suggest. */
export const suggesting: Statement = {
  flag: '--suggest <tokens>',
  what: `the deposit the kit suggests (default ${usualDeposit}, which has to be topped up); more for a client that cannot top up: where a scenario is about that, it is asked for all the same`,
  parse(text): string {
    if (!/^\d+(\.\d{1,6})?$/.test(text)) throw new TypeError(`${text} is no amount of tokens`)
    return text
  },
  show: (tokens: string) => tokens,
}
