/** Faults that the scenario of limits catches: clients that forget one. */
import { policyRules } from '../../../../src/x402/client/policy.ts'
import { fault } from './fault.ts'

const { price: _price, ...anyPrice } = policyRules
const { asset: _asset, ...anyAsset } = policyRules
const { network: _network, asset: _inAsset, ...anyNetwork } = policyRules
const { payee: _payee, ...anyPayee } = policyRules

export const capsFaults = [
  fault({
    name: 'pays-any-amount',
    breaks: 'X-CLI-008',
    caughtBy: ['caps.amount'],
    options: { rules: anyPrice },
  }),
  fault({
    name: 'pays-in-any-token',
    breaks: 'X-CLI-009',
    caughtBy: ['caps.asset'],
    options: { rules: anyAsset },
  }),
  fault({
    name: 'pays-on-any-network',
    breaks: 'X-CLI-009',
    caughtBy: ['caps.network', 'caps.asset'],
    options: { rules: anyNetwork },
  }),
  fault({
    name: 'pays-anybody',
    breaks: 'X-CLI-010',
    caughtBy: ['caps.payee'],
    options: { rules: anyPayee },
  }),
  fault({
    name: 'signs-for-ten-years',
    breaks: 'X-CLI-011',
    caughtBy: ['caps.validity'],
    options: { maxValiditySeconds: 400_000_000 },
  }),
]
