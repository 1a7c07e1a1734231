import { describe, expect, it } from 'vitest'
import { holdApprove, revealPassword } from './scripts.ts'

describe('CN-02 the approve button', () => {
  it('is held for half a second after the page is seen', () => {
    const page = openPage()
    expect(page.approve.disabled).toBe(true)
    page.wait(499)
    expect(page.approve.disabled).toBe(true)
    page.wait(1)
    expect(page.approve.disabled).toBe(false)
  })

  it('is held again when the focus leaves, and for half a second after it returns', () => {
    const page = openPage()
    page.wait(500)
    page.fire('blur', { focus: false })
    page.wait(5000)
    expect(page.approve.disabled).toBe(true)
    page.fire('focus', { focus: true })
    page.wait(499)
    expect(page.approve.disabled).toBe(true)
    page.wait(1)
    expect(page.approve.disabled).toBe(false)
  })

  it('is held as long as the page is hidden', () => {
    const page = openPage()
    page.fire('visibilitychange', { visible: false })
    page.wait(5000)
    expect(page.approve.disabled).toBe(true)
  })
})

describe('the scripts', () => {
  it('cannot end their own element', () => {
    expect(holdApprove + revealPassword).not.toContain('<')
  })
})

/** A page with nothing but the button, a focus and a clock. */
function openPage() {
  const approve = { disabled: false }
  const state = { focus: true, visible: true }
  const listeners = new Map<string, () => void>()
  const addEventListener = (type: string, listener: () => void) => listeners.set(type, listener)
  let timer: { readonly run: () => void; left: number } | undefined
  const scope = {
    addEventListener,
    document: {
      addEventListener,
      getElementById: () => approve,
      hasFocus: () => state.focus,
      get visibilityState() {
        return state.visible ? 'visible' : 'hidden'
      },
    },
    setTimeout: (run: () => void, left: number) => {
      timer = { run, left }
    },
    clearTimeout: () => {
      timer = undefined
    },
  }
  new Function(...Object.keys(scope), holdApprove)(...Object.values(scope))
  return {
    approve,
    fire(type: string, change: Partial<typeof state>) {
      Object.assign(state, change)
      listeners.get(type)?.()
    },
    wait(milliseconds: number) {
      if (timer === undefined) return
      timer.left -= milliseconds
      if (timer.left > 0) return
      const { run } = timer
      timer = undefined
      run()
    },
  }
}
