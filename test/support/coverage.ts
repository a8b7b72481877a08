/** What the catalogue asks of a server and can be seen from outside, held against the checks there are. */
import { checksByRequirement } from '../../conformance/cli/list.ts'
import { loadRequirements, type Requirement } from '../../conformance/runner/requirements.ts'

/** A MUST that can never be judged from where the kit stands; its entry says why. */
const outOfReach = new Set(['CORE-TLS-001', 'CORE-TLS-003'])

/**
 * MUSTs whose scenario is still missing. The list only shrinks: an entry that has a check by now is printed, and is to
 * be taken out.
 */
const missing = new Set(['SESS-ERR-010'])

/** The same for SHOULD and MAY: neither a check nor a reason yet. */
export const silentYet: ReadonlySet<string> = new Set([
  'SESS-DOS-003',
  'SESS-DOS-005',
  'SESS-FEE-010',
  'SESS-REORG-001',
  'SESS-SETL-008',
  'SESS-SSE-005',
  'SESS-SSE-013',
])

const seen = new Set(['wire', 'rpc', 'onchain'])
const ofServer = ({ role, observable }: Requirement) =>
  (role === 'server' || role === 'both') && seen.has(observable)
const isMust = ({ level }: Requirement) => level === 'MUST' || level === 'MUST NOT'

/** The requirements that are to be judged, in two sorts. */
export function demanded() {
  const all = [...loadRequirements().values()].filter(ofServer)
  return {
    musts: all.filter((each) => isMust(each) && !outOfReach.has(each.id) && !missing.has(each.id)),
    rest: all.filter((each) => !isMust(each)),
  }
}

/** Entries of the list that have a check by now. */
export const done = (): string[] => {
  const judged = checksByRequirement()
  return [...missing].filter((id) => judged.has(id))
}

/** A reason that is none. */
export const isNoReason = (reason: string | undefined): boolean =>
  reason === undefined || reason.trim().length < 20 || /^no (scenario|check) yet/.test(reason)
