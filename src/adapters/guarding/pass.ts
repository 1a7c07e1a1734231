/**
 * That a guard let a request in, remembered on whatever object a framework hands on for it.
 *
 * @module
 */

import type { Guard, Principal } from '../../guard/index.ts'

/** Known here alone, so that nothing that comes with a request can be taken for a pass. */
const PASS = Symbol('pass')

class Pass {
  readonly guard: Guard
  readonly principal: Principal

  constructor(guard: Guard, principal: Principal) {
    this.guard = guard
    this.principal = principal
  }
}

function passOf(carrier: object): Pass | undefined {
  const pass = PASS in carrier ? carrier[PASS] : undefined
  return pass instanceof Pass ? pass : undefined
}

/** Remembers who was let in. */
export function remember(carrier: object, guard: Guard, principal: Principal): void {
  Object.assign(carrier, { [PASS]: new Pass(guard, principal) })
}

/** Whom a guard let in with this request, if it did. */
export function letInBy(guard: Guard, carrier: object): Principal | undefined {
  const pass = passOf(carrier)
  return pass?.guard === guard ? pass.principal : undefined
}

/**
 * Who is calling, for handlers behind a guard that has no handler of its own.
 *
 * @throws {Error} if no guard let the request in; a handler that nothing guards lets nobody in.
 */
export function principalOf(carrier: object): Principal {
  const pass = passOf(carrier)
  if (pass === undefined) throw new Error('No guard stands before this handler.')
  return pass.principal
}
