/** What a client may lack: what it does beyond fetching a URL, and how a user says that it does. */
import type { Offers } from '../../../kit/suite.ts'

/** Things a client can do when it is told to, by a variable of its environment. */
export const abilities = {
  bodies: 'a client that sends BODY by METHOD, where it is told to: say --can bodies',
  login: 'a client that sends AUTHORIZATION with its requests, where it is told to: say --can login',
  leaves: 'a client that keeps its channel open for the next errand where LEAVE=1 says so: say --can leaves',
  parallel: 'a client that sends REQUESTS requests at once, where it is told to: say --can parallel',
  delegates: 'a client whose vouchers SIGNER_PRIVATE_KEY signs, where it is told: say --can delegates',
  recovers: 'a client that asks for its deposits back on chain where RECOVER=1 says so: say --can recovers',
  patience: 'a client that waits no longer than PATIENCE_MS for anything: say --can patience',
} as const

export type Ability = keyof typeof abilities

export const offers: Offers = { resources: {}, powers: abilities }
