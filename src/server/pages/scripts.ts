/**
 * The two scripts that pages may carry. Each only adds to a page that works without it.
 *
 * @module
 */

/**
 * Holds the approve button back for half a second after the page is seen or regains focus, so that
 * a click aimed at something else cannot land on it.
 */
export const holdApprove = `(() => {
  const approve = document.getElementById('approve')
  let timer
  const hold = () => {
    clearTimeout(timer)
    approve.disabled = true
    if (document.hasFocus() && document.visibilityState === 'visible') {
      timer = setTimeout(() => { approve.disabled = false }, 500)
    }
  }
  addEventListener('focus', hold)
  addEventListener('blur', hold)
  addEventListener('pageshow', hold)
  document.addEventListener('visibilitychange', hold)
  hold()
})()`

/** Lets the reader see the password they typed, and hides it again before it is sent. */
export const revealPassword = `(() => {
  const field = document.getElementById('password')
  const button = document.getElementById('reveal')
  const show = (visible) => {
    field.type = visible ? 'text' : 'password'
    button.firstChild.data = visible ? 'Hide' : 'Show'
  }
  button.hidden = false
  button.addEventListener('click', () => { show(field.type === 'password'); field.focus() })
  field.form.addEventListener('submit', () => show(false))
})()`
