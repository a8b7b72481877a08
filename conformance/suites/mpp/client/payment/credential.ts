/** How the answer to a challenge is written: the echo, the field, one credential a request. The payee overlooks mistakes. */
import * as Hex from '../../../../../src/codec/hex.ts'
import { voucherSigner } from '../../../../../src/contracts/voucher-signer.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { broken, holds } from '../../../../kit/verdict.ts'
import type { Shop } from '../../../../peers/mpp/payee/shop/shop.ts'
import type { Fixtures } from '../fixtures.ts'
import { actionOf, answered, each, eachIfAny, paidIn } from '../looks.ts'
import { pays } from '../verbs.ts'

/** Parameters that are echoed as they were, beside those with a check of their own. */
const echoed = ['realm', 'method', 'intent', 'request', 'expires', 'digest', 'description']

/**
 * What is false about a source. Only accounts of EVM chains can be read; a channel's signer stands for its payer.
 */
function falseSource({ options, channels }: Shop, source: unknown): string | undefined {
  if (typeof source !== 'string') return 'no text'
  const [, chainId, address] = /^did:pkh:eip155:(\d+):(0x[0-9a-f]{40})$/i.exec(source) ?? []
  if (address === undefined) return undefined
  const { environment, payer } = options
  if (chainId !== String(environment.chainId)) return `an account of chain ${chainId}`
  const parties = channels.all.flatMap(({ descriptor }) => [descriptor.payer, voucherSigner(descriptor)])
  return [payer.address, ...parties].includes(Hex.address(address)) ? undefined : `the account ${address}`
}

export const credential = scenario({
  id: 'mpp/client/credential',
  title: 'A credential echoes its challenge, in the field it selects',
  checks: {
    'credential.paid': 'SESS-SSE-008',
    'credential.id': 'CORE-CHAL-005',
    'credential.echo': ['CORE-CRED-005', 'SESS-CRED-001'],
    'credential.opaque': 'CORE-CHAL-021',
    'credential.no-header': 'CORE-HDR-008',
    'credential.field': 'CORE-HDR-002',
    'credential.one': 'CORE-CRED-007',
    'credential.action': 'SESS-CRED-003',
    'credential.same-handler': 'SESS-SSE-009',
    'credential.no-version': 'CORE-VER-001',
    'credential.source': 'CORE-CRED-014',
    'credential.key-stays': 'SESS-CLI-009',
  },
  faults: async () => (await import('./credential.faults.ts')).faults,
  async run(t, { open }: Fixtures) {
    const shop = await open({
      tolerant: true,
      offer: { opaque: { order: '7' }, description: 'eight lines' },
    })
    await pays(t, 'credential.paid', shop)
    const all = paidIn(shop)
    await t.check('credential.id', () =>
      each(all, 'the id of a challenge that was issued', ({ credential }) =>
        shop.issued.some(({ id }) => id === credential.challenge['id'])
          ? undefined
          : `id ${credential.challenge['id']}`,
      ),
    )
    await t.check('credential.echo', () =>
      each(all, 'every parameter as it was issued', (paid) => {
        const params = answered(shop, paid)
        const wrong = echoed.find(
          (name) => (paid.credential.challenge[name] ?? undefined) !== params.get(name),
        )
        return wrong === undefined ? undefined : `${wrong} differs`
      }),
    )
    await t.check('credential.opaque', () =>
      each(all, 'opaque as it was issued', (paid) =>
        paid.credential.challenge['opaque'] === answered(shop, paid).get('opaque') ? undefined : 'it differs',
      ),
    )
    await t.check('credential.no-header', () =>
      each(all, 'no member header', ({ credential: { challenge } }) =>
        'header' in challenge ? `header ${JSON.stringify(challenge['header'])}` : undefined,
      ),
    )
    await t.check('credential.field', () =>
      each(all, 'in Authorization', ({ credential: { fields } }) =>
        fields.includes('Authorization') ? undefined : `in ${fields.join(', ')}`,
      ),
    )
    await t.check('credential.one', () =>
      each(all, 'one credential', ({ credential: { count } }) => (count === 1 ? undefined : `${count}`)),
    )
    await t.check('credential.action', () =>
      each(all, 'open, topUp, voucher or close', ({ credential: sent }) =>
        ['open', 'topUp', 'voucher', 'close'].includes(actionOf(sent)) ? undefined : 'unknown',
      ),
    )
    await t.check('credential.same-handler', () =>
      each(all, 'sent to where the stream is', ({ url }) => {
        const { pathname } = new URL(url)
        return pathname === '/stream' ? undefined : `sent to ${pathname}`
      }),
    )
    await t.check('credential.source', () =>
      eachIfAny(
        all.filter(({ credential: { source } }) => source !== undefined),
        'the client names no source, which is optional',
        'the account that pays as the source',
        ({ credential: { source } }) => falseSource(shop, source),
      ),
    )
    await t.check('credential.key-stays', () => {
      const key = shop.options.payer.privateKey.slice(2)
      const has = (text: string) => text.toLowerCase().includes(key)
      const sent = shop.seen.find(({ url, headers, body, credential: own }) => {
        const inside = JSON.stringify([own?.raw, own?.challenge, own?.source])
        return [url, body, inside, ...headers.values()].some(has)
      })
      if (sent !== undefined)
        return broken('the key in no request', `in a ${sent.method}`, { exchange: sent.exchange })
      const said = shop.visits.some(({ ran: { stdout, stderr } }) => has(stdout) || has(stderr))
      return said ? broken('the key in no output', 'in what the client printed') : holds
    })
    await t.check('credential.no-version', () =>
      each(all, 'no version beside the scheme', ({ headers, credential: { challenge } }) =>
        'version' in challenge || headers.has('payment-version') ? 'a version is stated' : undefined,
      ),
    )
  },
})
