/** Keys without money and without authority over any channel. */
import { accountFromKey } from '../../../../src/keys/accounts.ts'
import { keccakText } from '../../../../src/keys/keccak.ts'

export const stranger = accountFromKey(keccakText('stranger'))

/** Another one, where two are needed. */
export const intruder = accountFromKey(keccakText('intruder'))
