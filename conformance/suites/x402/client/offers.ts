/** What a client may lack, and how a user says that it has it. */
import type { Offers } from '../../../kit/suite.ts'

/** Things a client does. */
export const abilities = {
  v1: 'a client that pays by v1 of the protocol: say --can v1',
  v2: 'a client that pays by v2 of the protocol: say --can v2',
  chat: 'a client that reads a chat stream and prints its text: say --can chat',
  request: 'a client that makes its call from a Request object where CALL_AS is request: say --can request',
  payees: 'a client that pays PAY_TO and nobody else: say --can payees',
} as const

export type Ability = keyof typeof abilities

export const offers: Offers = { resources: {}, powers: abilities }
