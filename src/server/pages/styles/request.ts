/**
 * Styles of what the reader decides about: facts, hosts, marks, permissions, terms.
 *
 * @module
 */

export const requestStyles = `
dt{color:var(--ink-soft);font-size:.875rem;line-height:1.4}
h1+.note{margin-top:var(--space-2)}
.facts{display:flex;flex-direction:column;gap:var(--space-5)}
.fact dd{display:flex;flex-direction:column;align-items:flex-start;gap:var(--space-1);margin-top:var(--space-1)}
.given-name{font-size:1.0625rem;line-height:1.35;overflow-wrap:anywhere;overflow:hidden}
.host{font-family:var(--mono);font-size:.9375em;font-weight:600;overflow-wrap:anywhere}
.host-big{font-size:clamp(1.25rem,1.125rem + .6vw,1.5rem);line-height:1.25;letter-spacing:-.02em;font-weight:700}
.note-warning{color:var(--warning-ink)}
.facts-framed{padding:var(--space-4);background:var(--slip);border:1px solid var(--line);border-radius:var(--corner)}
.route{position:relative}
.route .fact{position:relative;padding-left:1.75rem}
.route .fact::before{content:"";position:absolute;left:.0625rem;top:.28rem;width:.6875rem;height:.6875rem;border:2px solid var(--accent);border-radius:50%;background:var(--slip)}
.route .fact::after{content:"";position:absolute;left:.375rem;top:1.25rem;bottom:calc(-1*var(--space-5) - .05rem);border-left:2px solid var(--line)}
.route .fact-last::before{background:var(--accent)}
.route .fact-last::after{display:none}
.badge,.risk{display:inline-flex;align-items:center;gap:.3em;border:1px solid;border-radius:99px;font-size:.75rem;line-height:1;font-weight:650;padding:.3rem .55rem .3rem .45rem;white-space:nowrap}
.badge{margin-top:var(--space-2);text-transform:uppercase;letter-spacing:.04em}
.badge-verified{color:var(--accent)}
.badge-unverified{color:var(--warning-ink);background:var(--warning-ground);border-color:var(--warning-edge)}
.account{display:flex;flex-wrap:wrap;justify-content:space-between;gap:var(--space-1) var(--space-4);padding-bottom:var(--space-4);border-bottom:1px solid var(--line);font-size:.9375rem}
.account-last{padding:var(--space-4) 0 0;border-top:1px solid var(--line);border-bottom:0}
.account-name{font-weight:600;overflow-wrap:anywhere}
.permissions{flex:1}
.permissions ul{margin-top:var(--space-3)}
.permissions li{display:grid;grid-template-columns:5.75rem minmax(0,1fr);gap:var(--space-3);align-items:start;padding:var(--space-3) 0;border-top:1px solid var(--line)}
.permissions li span:last-child{overflow-wrap:anywhere}
.risk{justify-self:start;margin-top:.1rem}
.risk-read{color:var(--read-ink)}
.risk-change{color:var(--change-ink)}
.risk-offline{color:var(--offline-ink)}
.risk-delete,.risk-spend{color:var(--sheet)}
.risk-delete{background:var(--delete-ink);border-color:var(--delete-ink)}
.risk-spend{background:var(--spend-ink);border-color:var(--spend-ink)}
.decision .button{border-width:2px}
.decision .button:not(.button-main){border-color:var(--ink)}
.decision{display:grid;grid-template-columns:1fr 1fr;gap:var(--space-3)}
.reference{display:flex;flex-wrap:wrap;gap:var(--space-1) var(--space-3);align-items:baseline;padding-top:var(--space-4);border-top:1px solid var(--line);font-size:.8125rem}
.reference dt{font-size:inherit}
.reference dd{font-family:var(--mono);color:var(--ink-soft);overflow-wrap:anywhere}
`
