/** What a user may state of an x402 server because it cannot be learnt. */
import type { Statement } from '../../../kit/suite.ts'

/** The values, as the suite looks them up. */
export interface Stated {
  model: string
}

export const statements: { [Name in keyof Stated]: Statement & { show(value: Stated[Name]): string } } = {
  model: {
    flag: '--model <name>',
    what: 'the model that chats ask for (default words-1)',
    parse: (text) => text,
    show: (text) => text,
  },
}
