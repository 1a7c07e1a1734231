/**
 * The notes of whoever is signed in, kept by an API that only answers to their tokens.
 *
 * @jsxImportSource react
 */

import { type FormEvent, useEffect, useState } from 'react'
import { useAuth } from 'warder/react'

interface Note {
  readonly id: string
  readonly text: string
}

const api = import.meta.env.VITE_API

// #region notes
export function Notes() {
  const { user, fetch, signOut } = useAuth()
  const [notes, setNotes] = useState<readonly Note[]>()
  const [problem, setProblem] = useState<string>()

  async function load(init?: RequestInit) {
    try {
      const response = await fetch(api, init)
      if (!response.ok) throw new Error(`The notes cannot be had now (${response.status}).`)
      setNotes(await response.json())
      setProblem(undefined)
    } catch (error) {
      setProblem(error instanceof Error ? error.message : 'Something went wrong.')
    }
  }
  // #endregion

  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each user, not for each render.
  useEffect(() => {
    void load()
  }, [user?.subject])

  function add(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = event.currentTarget
    const text = new FormData(form).get('text')
    void load({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text }),
    }).then(() => form.reset())
  }

  return (
    <>
      <header>
        <p className="name">Field notes</p>
        <p className="account" title={user?.subject}>
          <span className="quiet">Signed in as</span> <b data-testid="subject">{user?.subject}</b>
        </p>
        <button type="button" className="plain" onClick={() => signOut().catch(() => {})}>
          Sign out
        </button>
      </header>
      <main>
        <form onSubmit={add}>
          <label htmlFor="text">What did you see?</label>
          <div className="line">
            <input id="text" name="text" required maxLength={200} autoComplete="off" />
            <button type="submit">Keep it</button>
          </div>
        </form>
        {problem && (
          <p className="problem" role="alert">
            {problem}{' '}
            <button type="button" className="plain" onClick={() => void load()}>
              Try again
            </button>
          </p>
        )}
        <List notes={notes} />
      </main>
    </>
  )
}

function List({ notes }: { readonly notes: readonly Note[] | undefined }) {
  if (notes === undefined) return <p className="quiet">Fetching your notes …</p>
  if (notes.length === 0) return <p className="quiet">Nothing yet. The first one is yours.</p>
  return (
    <ol>
      {notes.map(({ id, text }) => (
        <li key={id}>{text}</li>
      ))}
    </ol>
  )
}
