/** What the answer to a payment says of its settlement, held against the chain. */
import { DecodeError } from '../../../../src/codec/decode-error.ts'
import { abi } from '../../../../src/contracts/transfer-authorization-abi.ts'
import type { Version } from '../../../../src/x402/wire/fields.ts'
import { chainIdOf } from '../../../../src/x402/wire/network.ts'
import type { Settlement } from '../../../../src/x402/wire/settlement.ts'
import { scenario } from '../../../kit/scenario.ts'
import type { Tester } from '../../../kit/tester.ts'
import { broken, equal, holds, holdsIf } from '../../../kit/verdict.ts'
import type { Answer } from '../../../peers/x402/payer/answer.ts'
import type { Payer } from '../../../peers/x402/payer/payer.ts'
import type { Fixtures } from './fixtures.ts'

const checks = {
  'receipt.there': 'X-RCPT-001',
  'receipt.success': 'X-RCPT-002',
  'receipt.transaction': 'X-RCPT-003',
  'receipt.network': 'X-RCPT-004',
  'receipt.payer': 'X-RCPT-005',
} as const

type Check = keyof typeof checks

export const receipt = scenario<Fixtures, Check>({
  id: 'x402/server/receipt',
  title: 'The receipt tells what the chain says',
  checks,
  faults: async () => (await import('./receipt.faults.ts')).receiptFaults,
  async run(t, { payer, versions }) {
    for (const version of versions)
      for (const stream of [true, false]) {
        const answer = await payer.pay(version, {}, { stream })
        await answer.text()
        await told(t, payer, version, answer)
      }
  },
})

async function told(t: Tester<Check>, payer: Payer, version: Version, answer: Answer): Promise<void> {
  const found = read(answer)
  await t.check('receipt.there', () =>
    found instanceof DecodeError
      ? broken(`v${version}: a receipt that decodes`, found.message)
      : holdsIf(found !== undefined, `v${version}: a receipt with the content`, 'none'),
  )
  if (found === undefined || found instanceof DecodeError) return
  await t.check('receipt.success', () => equal(found.success, true, `v${version}: success`))
  await t.check('receipt.network', () =>
    equal(chainIdOf(found.network), payer.subject.chainId, `v${version}: the chain of ${found.network}:`),
  )
  await t.check('receipt.payer', () =>
    typeof found.payer === 'string'
      ? equal(found.payer.toLowerCase(), payer.account.address.toLowerCase(), `v${version}: payer`)
      : holds,
  )
  await t.check('receipt.transaction', () => isTrue(payer, version, found, answer))
}

function read(answer: Answer): Settlement | DecodeError | undefined {
  try {
    return answer.receipt
  } catch (error) {
    if (error instanceof DecodeError) return error
    throw error
  }
}

/** Whether the transaction that is named is the one that used the payment. */
async function isTrue({ subject }: Payer, version: Version, { transaction }: Settlement, { signed }: Answer) {
  const hash = transaction ?? ''
  const expected = `v${version}: the transaction that used the payment`
  if (!/^0x[0-9a-fA-F]{64}$/.test(hash)) return broken(expected, `"${hash}"`)
  const mined = await subject.chain.findReceipt(hash.toLowerCase() as `0x${string}`)
  if (mined === undefined) return broken(expected, `${hash}, which the chain does not know`)
  const nonces = mined.logs.map((log) => abi.decodeLog(log)?.args['nonce'])
  return holdsIf(nonces.includes(signed.authorization.nonce), expected, `${hash}, which used another`)
}
