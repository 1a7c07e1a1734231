/**
 * Styles of what the reader answers with: fields, buttons, and the message that a field is wrong.
 *
 * @module
 */

export const formStyles = `
.field{display:flex;flex-direction:column;gap:var(--space-2)}
label{font-weight:600;font-size:.9375rem}
.field-box{position:relative;display:flex}
input:not([type=hidden]){width:100%;height:var(--control);padding:0 var(--space-3);font:inherit;color:inherit;background:var(--sheet);border:1px solid var(--edge);border-radius:var(--corner)}
input:focus-visible{border-color:var(--accent);outline-offset:0;border-radius:var(--corner)}
input[aria-invalid=true]{border-color:var(--problem-edge);border-width:2px}
input.code-field:not([type=hidden]){font-family:var(--mono);font-size:1.25rem;letter-spacing:.08em;text-transform:uppercase}
.reveal{position:absolute;right:.375rem;top:.375rem;bottom:.375rem;padding:0 var(--space-3);border:0;border-radius:.375rem;background:var(--sheet);color:var(--accent);font:inherit;font-size:.875rem;font-weight:600;cursor:pointer}
.button{display:flex;align-items:center;justify-content:center;width:100%;min-height:var(--control);padding:var(--space-2) var(--space-4);font:inherit;font-weight:650;text-align:center;text-decoration:none;color:var(--ink);background:var(--sheet);border:1.5px solid var(--edge);border-radius:var(--corner);cursor:pointer}
.button:hover{border-color:var(--ink);color:var(--ink)}
.button:focus-visible{border-radius:var(--corner)}
.button-main{color:var(--on-accent);background:var(--accent);border-color:var(--accent)}
.button-main:hover{color:var(--on-accent);background:var(--accent-strong);border-color:var(--accent-strong)}
.button:disabled{cursor:default;opacity:.55}
.link{padding:0;border:0;background:none;color:var(--accent);font:inherit;font-size:.875rem;text-decoration:underline;text-underline-offset:.18em;cursor:pointer}
.link:hover{color:var(--accent-strong)}
.problem,.warning{display:flex;gap:var(--space-3);padding:var(--space-3) var(--space-4);border:1px solid;border-radius:var(--corner);font-size:.9375rem;line-height:1.45}
.problem .sign,.warning .sign{width:1.25rem;height:1.25rem;margin-top:.05rem}
.problem{color:var(--problem-ink);background:var(--problem-ground);border-color:var(--problem-edge)}
.problem a{color:inherit;text-decoration-color:var(--problem-edge)}
.warning{color:var(--warning-ink);background:var(--warning-ground);border-color:var(--warning-edge)}
.warning p+p{margin-top:var(--space-2)}
.aside{font-size:.9375rem;margin-top:calc(-1*var(--space-2))}
`
