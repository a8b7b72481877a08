/** The look of the pages: no script, no font, no image from anywhere; light and dark, wide and narrow. */
import { raw } from 'hono/html'

/** Nothing but the styles of the page itself may be loaded or run, whatever got into it. */
export const policy = "default-src 'none'; style-src 'unsafe-inline'"

const style = `
:root { color-scheme: light dark; --ground: #fff; --text: #1c1e21; --soft: #62676d; --line: #d9dce0; --panel: #f5f6f7;
  --pass: #1a7f37; --fail: #c4262e; --warn: #9a6700; --skip: #62676d; --blocked: #62676d;
  --deposit: #8a9099; --accepted: #0b6bcb; --delivered: #1a7f37; --spent: #b4530a; --settled: #7a3fb8 }
@media (prefers-color-scheme: dark) { :root { --ground: #15171a; --text: #e4e6e9; --soft: #9aa1a9; --line: #363b41;
  --panel: #1e2125; --pass: #4ac26b; --fail: #ff7b7b; --warn: #e0b040; --skip: #9aa1a9; --blocked: #9aa1a9;
  --deposit: #7d848d; --accepted: #58a6ff; --delivered: #4ac26b; --spent: #f0883e; --settled: #c297ff } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 70rem; padding: 1rem; background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.4rem; margin: 0 0 .25rem } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
h3 { font-size: 1rem; margin: 0 }
p { margin: .25rem 0 } .soft, small { color: var(--soft) }
code, .mono { font: 13px/1.5 ui-monospace, monospace }
a { color: var(--accepted) }
.pass { color: var(--pass) } .fail { color: var(--fail) } .warn { color: var(--warn) }
.skip { color: var(--skip) } .blocked { color: var(--blocked) }
.counts { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .75rem 0; padding: 0; list-style: none }
.counts b { font-size: 1.3rem }
article { border: 1px solid var(--line); border-left: 4px solid currentColor; border-radius: 4px; padding: .6rem .8rem;
  margin: .6rem 0 } article > * { color: var(--text) } article > h3 { color: inherit }
dl { display: grid; grid-template-columns: 6rem 1fr; gap: .1rem .75rem; margin: .4rem 0 }
dt { color: var(--soft) } dd { margin: 0; min-width: 0 }
details { margin: .4rem 0 } summary { cursor: pointer }
section > details { border-top: 1px solid var(--line); padding: .4rem 0 }
table { border-collapse: collapse; width: 100% } th { text-align: left; font-weight: 600 }
th, td { padding: .2rem .5rem .2rem 0; vertical-align: top; border-top: 1px solid var(--line) }
ol.trace { list-style: none; margin: .4rem 0; padding: 0; max-height: 28rem; overflow: auto; background: var(--panel) }
ol.trace li { display: grid; grid-template-columns: 4.5rem 1fr; gap: .5rem; padding: 0 .5rem }
ol.trace li.head { border-top: 1px solid var(--line); font-weight: 600 }
svg { display: block; width: 100%; background: var(--panel) }
svg line, svg path { vector-effect: non-scaling-stroke; fill: none; stroke-width: 1.5 }
.lane svg { height: 3.5rem } .messages svg { height: 2.2rem } .lane { margin: .35rem 0 }
.request { stroke: var(--soft) } .good { stroke: var(--pass) } .asks { stroke: var(--warn) } .bad { stroke: var(--fail) }
.event { stroke: var(--accepted) } .control { stroke: var(--settled) } .transaction { stroke: var(--spent) }
svg .mark { stroke: var(--fail); stroke-dasharray: 3 3 }
svg .deposit { stroke: var(--deposit); stroke-dasharray: 5 3 } svg .accepted { stroke: var(--accepted) }
svg .delivered { stroke: none; fill: var(--delivered); opacity: .3 } svg .spent { stroke: var(--spent) }
svg .settled { stroke: var(--settled); stroke-width: 3 }
.key { display: flex; flex-wrap: wrap; gap: 0 1rem; font-size: 13px }
.key b::before { content: "■ " } b.deposit { color: var(--deposit) } b.accepted { color: var(--accepted) }
b.delivered { color: var(--delivered) } b.spent { color: var(--spent) } b.settled { color: var(--settled) }
.key b.asks { color: var(--warn) } .key b.bad { color: var(--fail) } .key b.good { color: var(--pass) }
.key b.event { color: var(--accepted) } .key b.control { color: var(--settled) } .key b.transaction { color: var(--spent) }
.wide { overflow-x: auto }
.matrix td { text-align: center; padding: 0 .15rem } .matrix th { white-space: nowrap }
.matrix thead th { writing-mode: vertical-rl; transform: rotate(180deg); font: 11px/1 ui-monospace, monospace }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr } dd { margin-bottom: .3rem }
  .requirements thead { display: none } .requirements td { display: block; border: 0; padding: 0 }
  .requirements tr { display: block; border-top: 1px solid var(--line); padding: .3rem 0 } }
`

/** The style sheet as it stands in a page. */
export const styleText = raw(style)
