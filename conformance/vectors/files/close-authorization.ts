/** The consent to a v2 close: what is hashed and signed (spec/readings.md A28). */
import type { JsonObject } from '../../../src/codec/json.ts'
import { payerKey } from '../samples.ts'
import { type Definition, invalid, valid } from '../vector.ts'
import { amounts, forms, good, limit, v1, v2 } from './voucher.ts'

/** A close as the crate mpp 0.18.2 sent it, by the second development key. */
const sent: JsonObject = {
  ...v2,
  chainId: 42431,
  channelId: '0x6a02d04bc5cae0414f4bf76086a16b2486e77ea6fda466937b92cf4fbb2cac75',
  cumulativeAmount: '12000',
}
const sentSignature =
  '0xe4ea5a1919032667a1fafe47e9f3fe283c817bfd52d74b3c741ac3954e5e9a083c330cc8cb58877ae088514d79e2b659502b14ca32530f5df8ce04d3127090161b'

export const closeAuthorization: Definition = {
  file: 'close-authorization',
  title: 'Consents to a close: EIP-712 hashes and signatures',
  groups: [
    {
      op: 'closeAuthorization.hash',
      comment: 'the 32 bytes signed as the consent to a v2 close (spec/readings.md A28)',
      requirements: ['SESS-CLOSE-015'],
      tests: [
        valid(
          'agreed by several implementations',
          {
            ...v2,
            chainId: 42431,
            channelId: '0x57e629663a75a0a49f8dc65c9f62ee38ab5dfa9124d7316d160766e4ecbc1227',
            cumulativeAmount: '50',
          },
          { hash: '0x223b6a6cbf14199a5c3cbf882d847396b680bab705d0597f3d4d7227bc24e887' },
        ),
        valid('of a close that another implementation sent', sent, {
          hash: '0xbb1cf5933265513ee03a763115457f4f781f2a883011a42d7c43019f5bf2b760',
        }),
        ...amounts.map((cumulativeAmount) => valid(cumulativeAmount, { ...v2, cumulativeAmount })),
        valid(
          'the largest amount',
          { ...v2, cumulativeAmount: `${limit.v2 - 1n}` },
          undefined,
          'AmountOverflow',
        ),
        invalid(
          'one past the largest',
          { ...v2, cumulativeAmount: `${limit.v2}` },
          'unencodable',
          'AmountOverflow',
        ),
        invalid('v1 closes have none', v1, 'unencodable', 'WrongDomain'),
      ],
    },
    {
      op: 'closeAuthorization.sign',
      comment: 'as a voucher is signed',
      requirements: ['SESS-CLOSE-015', 'SESS-SIG-006'],
      tests: amounts.map((cumulativeAmount) =>
        valid(cumulativeAmount, { ...v2, cumulativeAmount, privateKey: payerKey }),
      ),
    },
    {
      op: 'closeAuthorization.recover',
      comment: 'who consented',
      requirements: ['SESS-CLOSE-015'],
      tests: [
        valid(
          'of a close that another implementation sent',
          { ...sent, signature: sentSignature },
          {
            signer: '0x70997970c51812dc3a010c7d01b50e0d17dc79c8',
          },
        ),
        valid("a voucher's own signature is somebody else's", { ...v2, signature: good.v2 }),
        ...forms(good.v2)
          .slice(0, 6)
          .map(([comment, signature, reason]) =>
            invalid(comment, { ...v2, signature }, reason, 'SignatureForm'),
          ),
      ],
    },
  ],
}
