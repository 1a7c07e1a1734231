/**
 * What somebody sees who is not signed in: that they are on the way, or why they are not.
 *
 * @jsxImportSource react
 */

// #region welcome
import type { Auth } from 'warder/react'

export function Welcome({ status, ended, error, signIn }: Auth) {
  const isWaiting = status === 'starting' || (!ended && error === undefined)
  return (
    <main className="welcome" aria-busy={isWaiting}>
      <h1>Field notes</h1>
      {error && (
        <p className="problem" role="alert" data-code={error.code}>
          {error.message}
        </p>
      )}
      {isWaiting ? (
        <p className="quiet">One moment: looking who you are.</p>
      ) : (
        <>
          {!error && <p>You are signed out. Your notes are where you left them.</p>}
          <button type="button" onClick={() => signIn().catch(() => {})}>
            Sign in
          </button>
        </>
      )}
    </main>
  )
}
// #endregion
