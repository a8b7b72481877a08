/** Why a case is there: what kind of bug it finds, what that bug does, and where it really happened. */

interface Note {
  bugType:
    | 'BASIC'
    | 'PARSER'
    | 'CANONICAL'
    | 'INJECTION'
    | 'LIMIT'
    | 'SIGNATURE'
    | 'BINDING'
    | 'MONEY'
    | 'FRAMING'
  description: string
  effect: string
  /** Issues and advisories of implementations the case would have caught. */
  links: string[]
}

/** What a vector is about, by name: the kind of fault that it shows, with its effect and source. */
export const flags = {
  Normal: {
    bugType: 'BASIC',
    description: 'Plain, correct input.',
    effect: 'Whoever fails here does not interoperate at all.',
    links: [],
  },
  Malformed: {
    bugType: 'PARSER',
    description: 'Input outside the grammar.',
    effect: 'Garbage is taken for a value, or escapes as a crash.',
    links: ['nevermined-io/payments#418', 'Merit-Systems/x402scan#1169'],
  },
  MissingMember: {
    bugType: 'PARSER',
    description: 'A required member or parameter is absent.',
    effect: 'A default is made up where the peer said nothing, or the code crashes on it.',
    links: ['tempoxyz/pympp#9', 'tempoxyz/wallet#342', 'tempoxyz/pympp#78'],
  },
  WrongType: {
    bugType: 'PARSER',
    description: 'A member has another JSON type.',
    effect: 'Weakly typed code converts it, and two readers see two values.',
    links: ['nevermined-io/payments#418'],
  },
  UnknownMember: {
    bugType: 'PARSER',
    description: 'A member or parameter that is not defined; it must be ignored.',
    effect: 'The protocol cannot grow: a newer peer is refused.',
    links: [],
  },
  EmptyValue: {
    bugType: 'PARSER',
    description: 'A value that is present and empty.',
    effect: 'Empty identifiers match each other: one payment serves for another.',
    links: ['tempoxyz/mpp-specs#285', 'tempoxyz/mpp-tools#38'],
  },
  NonCanonicalBase64: {
    bugType: 'CANONICAL',
    description: 'Padding, the other alphabet, white space or non-zero trailing bits in base64.',
    effect: 'One value has several texts, so a replay under another spelling looks new.',
    links: ['nevermined-io/payments-py#262', 'GHSA-8x7x-5j8g-8hcx', 'tempoxyz/mpp-rs#285'],
  },
  Canonicalization: {
    bugType: 'CANONICAL',
    description: 'JSON whose canonical form (RFC 8785) is easily got wrong.',
    effect: 'Two libraries compute two challenge ids for one request, and no payment is accepted.',
    links: [
      'tempoxyz/mpp-specs#141',
      'wevm/mppx#93',
      'tempoxyz/mpp-rs#54',
      'tempoxyz/pympp#39',
      'tempoxyz/mpp-go#144',
      'solana-foundation/pay-kit#102',
    ],
  },
  DuplicateKey: {
    bugType: 'PARSER',
    description: 'The same name twice.',
    effect: 'One reader verifies the first value, another uses the last.',
    links: ['wevm/mppx#501'],
  },
  Prototype: {
    bugType: 'INJECTION',
    description: 'Members named after what objects inherit in JavaScript.',
    effect: 'Input reaches the prototype and changes every object.',
    links: [],
  },
  Unicode: {
    bugType: 'PARSER',
    description: 'Ill-formed UTF-8, lone surrogates, byte order marks, characters beyond ASCII.',
    effect: 'Replacement characters make different inputs equal.',
    links: ['solana-foundation/pay-kit#102'],
  },
  Quoting: {
    bugType: 'INJECTION',
    description: 'Quoted strings with escapes, separators or no end.',
    effect: 'Text inside quotes becomes parameters, or a challenge is cut in two.',
    links: ['tempoxyz/mpp-rs#375', 'wevm/mppx#501'],
  },
  HeaderInjection: {
    bugType: 'INJECTION',
    description: 'CR, LF, NUL and other controls in a header value.',
    effect: 'Whoever supplies the value adds headers to the message.',
    links: ['wevm/mppx#501'],
  },
  SeveralChallenges: {
    bugType: 'PARSER',
    description: 'Several challenges or schemes, in one field or in several.',
    effect: 'The wrong challenge is paid, or none.',
    links: [
      'tempoxyz/mpp-go#151',
      'solana-foundation/pay-kit#102',
      'stripe/link-cli#19',
      'tempoxyz/tempo-foundry#381',
    ],
  },
  LetterCase: {
    bugType: 'PARSER',
    description: 'Other letter case, where case does not matter or where it does.',
    effect: 'A legal spelling is refused, or two spellings of one value count as two.',
    links: ['tempoxyz/mpp-rs#285'],
  },
  Limit: {
    bugType: 'LIMIT',
    description: 'At a named limit, or one past it.',
    effect: 'Memory and time grow with what a stranger sends.',
    links: ['wevm/mppx#562', 'cardotrejos/x402#34'],
  },
  Depth: {
    bugType: 'LIMIT',
    description: 'Deep nesting.',
    effect: 'The stack overflows: a crash by one request.',
    links: [],
  },
  Timestamp: {
    bugType: 'PARSER',
    description: 'Dates that are no dates, or no RFC 3339.',
    effect: 'A challenge never expires, or a valid one is refused.',
    links: ['tempoxyz/mpp-rs#376', 'tempoxyz/mpp-go#39'],
  },
  Amount: {
    bugType: 'MONEY',
    description: 'Amounts with signs, fractions, exponents, other digits or leading zeros.',
    effect: 'The payer authorizes another amount than the one that was shown.',
    links: ['x402-foundation/x402#2053', 'x402-foundation/x402#795'],
  },
  AmountOverflow: {
    bugType: 'MONEY',
    description: 'Amounts past the integer that holds them.',
    effect: 'The amount wraps or is rounded; a voucher pays for nothing.',
    links: ['solana-foundation/pay-kit#42', 'tempoxyz/mpp-go#144'],
  },
  HexForm: {
    bugType: 'CANONICAL',
    description: 'Hex without prefix, in other case or of another length.',
    effect: 'A short value is padded into another address; two spellings are two channels.',
    links: ['tempoxyz/mpp-rs#285'],
  },
  SignatureForm: {
    bugType: 'SIGNATURE',
    description: 'Signatures of another length, v or range.',
    effect: 'The server holds a voucher the chain will not take.',
    links: ['GHSA-8x4m-qw58-3pcx'],
  },
  Malleability: {
    bugType: 'SIGNATURE',
    description: 'The other signature of the same message (high s).',
    effect: 'A replayed authorization does not look like one.',
    links: [],
  },
  WrongSigner: {
    bugType: 'SIGNATURE',
    description: 'A good signature by another key, or over another message.',
    effect: "Anyone spends the payer's deposit.",
    links: ['GHSA-8x4m-qw58-3pcx', 'wevm/mppx#628'],
  },
  WrongDomain: {
    bugType: 'SIGNATURE',
    description: 'A voucher of another chain, contract, channel or protocol version.',
    effect: 'A voucher is taken that cannot be redeemed here.',
    links: ['wevm/mppx#495', 'tempoxyz/mpp-specs#110'],
  },
  TamperedBinding: {
    bugType: 'BINDING',
    description: 'An echoed challenge that differs from the one issued.',
    effect: 'A cheap challenge pays for a dear resource.',
    links: ['tempoxyz/pympp#79', 'tempoxyz/mpp-rs#97', 'tempoxyz/pympp#38'],
  },
  SlotBoundary: {
    bugType: 'BINDING',
    description: 'Text moved across a separator of the HMAC input.',
    effect: 'Another challenge has the same id.',
    links: ['tempoxyz/mpp-specs#362'],
  },
  CredentialField: {
    bugType: 'INJECTION',
    description: 'A challenge that names the field its credential goes to.',
    effect: 'A secret leaves through a field that others log or interpret.',
    links: ['tempoxyz/mpp-specs#328'],
  },
  Accounting: {
    bugType: 'MONEY',
    description: 'Sequences of vouchers, charges and chain events.',
    effect: 'Service is given away, or the payer is charged for what was not delivered.',
    links: [
      'wevm/mppx#221',
      'wevm/mppx#511',
      'wevm/mppx#405',
      'wevm/mppx#364',
      'tempoxyz/mpp-rs#158',
      'tempoxyz/mpp-rs#291',
      'wevm/mppx#196',
      'ZenHive/mpp GHSA-8c63-r789-xrrf',
    ],
  },
  PendingClose: {
    bugType: 'MONEY',
    description: 'Events after the payer asked to close.',
    effect: 'The payee serves what it can no longer collect.',
    links: ['wevm/mppx#142', 'wevm/mppx#498'],
  },
  Framing: {
    bugType: 'FRAMING',
    description: 'Line ends, spaces, comments and chunks of an event stream.',
    effect: 'Events are lost, merged or garbled depending on how the network cut them.',
    links: ['inngest/inngest-js#1714', 'envoyproxy/ai-gateway#1398', 'FellouAI/eko#287'],
  },
  EventInjection: {
    bugType: 'INJECTION',
    description: 'Content with line breaks that reads like a control event.',
    effect: 'Paid content forges a receipt or asks the payer for a larger voucher.',
    links: ['mpp-rs changeset 70715013598'],
  },
  Digest: {
    bugType: 'PARSER',
    description: 'Content-Digest in another form, or of another body.',
    effect: 'A credential pays for a request with another body.',
    links: ['tempoxyz/mpp-go#55'],
  },
} as const satisfies Record<string, Note>

/** The name of a flag. */
export type FlagName = keyof typeof flags
