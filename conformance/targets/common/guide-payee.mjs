/**
 * The payee of the guide's servers. The guide's own text has a key and a chain id in it; here they come from the
 * environment that the kit gives to a target, and so does the node.
 */

/** Options of `Mppx.create`, made with the target's own copies of the SDK and viem. */
export function payee(env, { tempo, Store, createClient, http, privateKeyToAccount, tempoModerato }) {
  const { RPC_URL, CHAIN_ID, CURRENCY, PAYEE_PRIVATE_KEY, SECRET_KEY } = env
  const account = privateKeyToAccount(PAYEE_PRIVATE_KEY)
  const chain = { ...tempoModerato, id: Number(CHAIN_ID), rpcUrls: { default: { http: [RPC_URL] } } }
  const client = createClient({ account, chain, transport: http(RPC_URL), pollingInterval: 50 })
  return {
    secretKey: SECRET_KEY,
    methods: [
      tempo.session({
        account,
        chainId: chain.id,
        currency: CURRENCY,
        getClient: () => client,
        sse: true,
        store: Store.memory(),
      }),
    ],
  }
}
