/**
 * The look of the page that ends a sign-in: the colours of Warder's own pages, for one sheet.
 *
 * @module
 */

export const callbackStyles = `
:root{--ground:#e9eeeb;--sheet:#fff;--line:#d3dcd7;--ink:#14201b;--soft:#4b5b54;--good:#0b6650;--bad:#8f1b18}
@media (prefers-color-scheme:dark){:root{--ground:#0b110f;--sheet:#141c19;--line:#2a3731;--ink:#e9f0ec;--soft:#a5b5ad;--good:#5ccaa7;--bad:#ffb4ad}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--ground);color:var(--ink);font:1rem/1.5 -apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",Arial,system-ui,sans-serif}
.sheet{width:100%;max-width:32rem;padding:clamp(1.5rem,6vw,2.5rem);background:var(--sheet);border:1px solid var(--line);border-radius:1rem;box-shadow:0 12px 32px -12px rgba(10,30,22,.14);overflow-wrap:anywhere}
.sign{width:2.75rem;height:2.75rem;padding:.625rem;border:2px solid currentColor;border-radius:50%;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round;color:var(--bad)}
.good .sign{color:var(--good)}
h1{margin:1.25rem 0 0;font-size:clamp(1.5rem,1.25rem + 1.2vw,1.875rem);line-height:1.15;font-weight:650;letter-spacing:-.022em;text-wrap:balance}
p{margin:1rem 0 0;color:var(--soft);text-wrap:pretty}
.lead{color:var(--ink);font-size:1.125rem;line-height:1.45}
`
