/** Values the server wants back come back as they were; words for people decide nothing. */

import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, equal, holds } from '../../../../kit/verdict.ts'
import { rawParameters, without } from '../../../../peers/mpp/payer/offer.ts'
import { receiptFrom } from '../../../../peers/mpp/payer/receipt.ts'
import type { Fixtures } from '../fixtures.ts'
import { refuses } from '../verbs.ts'
import { opaqueForm } from './forms.ts'

export const opaque = scenario({
  id: 'mpp/server/opaque',
  title: 'What the server wants back is bound; what it says to people is not',
  needs: ['opaque'],
  checks: {
    'opaque.form': 'CORE-CHAL-020',
    'opaque.altered': ['CORE-BIND-011', 'CORE-CHAL-022'],
    'opaque.dropped': ['CORE-BIND-011', 'CORE-CHAL-022'],
    'opaque.description': 'CORE-CHAL-019',
  },
  faults: () => import('./opaque.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, anotherPayer }: Fixtures) {
    const at = subject.at('opaque')
    const unpaid = await at.request()
    await unpaid.text()
    const text = rawParameters(unpaid, at.wallet)?.get('opaque')
    await t.check('opaque.form', () => opaqueForm(text))
    const payer = await anotherPayer(at)
    const open = await payer.prepareOpen()
    const sent = (alter: (issued: Challenge.Challenge) => Challenge.Challenge) => async () =>
      payer.send(open, { challenge: alter(await at.challenge()) })
    const twin = async () => payer.send(await payer.prepareOpen())
    const other = Challenge.encodeObject({ order: '8' })
    await refuses(t, 'opaque.altered', {
      act: sent((issued) => ({ ...issued, opaque: other })),
      twin,
      position: payer.position,
      money: "another order's content",
    })
    await refuses(t, 'opaque.dropped', {
      act: sent((issued) => without(issued, 'opaque')),
      twin,
      position: payer.position,
    })
    // Whether an altered description is refused is open (spec/readings.md B15); that it buys anything is not.
    await t.check('opaque.description', async () => {
      const issued = await at.challenge()
      if (issued.description === undefined) return absent('the challenge carries no description')
      const channel = await payer.open()
      const free = { ...issued, description: 'free of charge, all vouchers are accepted' }
      const above = await channel.voucher(channel.deposit + 1n, {}, { challenge: free })
      await above.text()
      if (above.accepted) return broken('a description that decides nothing', 'it overrode the deposit')
      const lawful = await channel.voucher(at.units(2), {}, { challenge: free })
      await lawful.text()
      if (!lawful.accepted) return holds
      const receipt = receiptFrom(lawful, at)
      if (receipt === undefined) throw new Blocked('there is no receipt to read')
      return equal(receipt.acceptedCumulative, at.units(2), 'acceptedCumulative')
    })
  },
})
