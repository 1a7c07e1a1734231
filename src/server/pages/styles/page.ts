/**
 * Styles of what every page has: text, masthead, the sheet with its two halves.
 *
 * @module
 */

export const pageStyles = `
*,*::before,*::after{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;background:var(--ground);color:var(--ink);font:1rem/1.5 var(--sans)}
h1,h2,p,dl,dd,ul{margin:0;padding:0}
p{text-wrap:pretty}
ul{list-style:none}
h1{font-size:clamp(1.75rem,1.5rem + 1vw,2rem);line-height:1.15;font-weight:650;letter-spacing:-.022em;text-wrap:balance}
h2{font-size:1rem;line-height:1.4;font-weight:650}
a{color:var(--accent);text-underline-offset:.18em;text-decoration-thickness:.07em}
a:hover{color:var(--accent-strong);text-decoration-thickness:.13em}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:.25rem}
[hidden]{display:none!important}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.masthead{display:flex;align-items:center;justify-content:center;gap:var(--space-3);padding:clamp(var(--space-5),5vh,3.5rem) var(--space-4) var(--space-5)}
.mark{width:2.125rem;height:2.125rem;fill:var(--accent);flex:none}
.masthead-host{font-weight:650;font-size:1.0625rem;letter-spacing:-.01em;overflow-wrap:anywhere}
.page{flex:1;display:flex;flex-direction:column;align-items:center;padding:0 var(--space-4)}
.colophon{padding:var(--space-6) var(--space-4);text-align:center;color:var(--ink-soft);font-size:.8125rem}
.sheet{position:relative;width:100%;max-width:28rem;background:var(--sheet);border:1px solid var(--line);border-radius:calc(var(--round) + 1px);box-shadow:0 1px 2px rgba(10,30,22,.05),0 12px 32px -12px rgba(10,30,22,.14)}
.sheet-split{max-width:60rem}
.sheet-message{max-width:32rem}
.sheet-facts{position:relative;display:flex;flex-direction:column;gap:var(--space-5);padding:var(--space-6);background:var(--slip);border-bottom:2px dashed var(--line);border-radius:var(--round) var(--round) 0 0}
.sheet-facts>.note{margin-top:auto}
.sheet-facts::before,.sheet-facts::after{content:"";position:absolute;bottom:-.6875rem;width:.6875rem;height:1.25rem;background:var(--ground);border:1px solid var(--line)}
.sheet-facts::before{left:-1px;border-left:0;border-radius:0 1rem 1rem 0}
.sheet-facts::after{right:-1px;border-right:0;border-radius:1rem 0 0 1rem}
.sheet-answer{padding:var(--space-6);display:flex;flex-direction:column;gap:var(--space-5)}
.lead{font-size:1.125rem;line-height:1.45}
.note{color:var(--ink-soft);font-size:.875rem;line-height:1.45}
.sign{width:1em;height:1em;flex:none;fill:none;stroke:currentColor;stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round}
@media (max-width: 52rem){.sheet-split{max-width:32rem}}
@media (min-width: 52.01rem){
.sheet-split{display:grid;grid-template-columns:minmax(0,25rem) minmax(0,1fr)}
.sheet-split .sheet-facts{padding-right:var(--space-5);border-bottom:0;border-right:2px dashed var(--line);border-radius:var(--round) 0 0 var(--round)}
.sheet-split .sheet-facts::before,.sheet-split .sheet-facts::after{right:-.6875rem;left:auto;width:1.25rem;height:.6875rem;border:1px solid var(--line)}
.sheet-split .sheet-facts::before{top:-1px;border-top:0;border-radius:0 0 1rem 1rem}
.sheet-split .sheet-facts::after{bottom:-1px;border-bottom:0;border-radius:1rem 1rem 0 0}
}
@media (max-width: 30rem){
.masthead{padding:var(--space-5) var(--space-4) var(--space-4)}
.sheet .sheet-facts,.sheet-answer{padding:var(--space-5)}
.page{padding:0 var(--space-3)}
}
@media (forced-colors: active){.mark{fill:CanvasText}}
`
