/**
 * A single-page application whose users sign in with Warder, and whose API is guarded by it.
 *
 * @jsxImportSource react
 */

import { createRoot } from 'react-dom/client'
import { AuthProvider, RequireAuth } from 'warder/react'
import { auth } from './auth.ts'
import { Notes } from './notes.tsx'
import './style.css'
import { Welcome } from './welcome.tsx'

const root = document.getElementById('root')
if (root === null) throw new Error('The page has no #root.')

// #region app
createRoot(root).render(
  <AuthProvider client={auth}>
    <RequireAuth fallback={Welcome}>
      <Notes />
    </RequireAuth>
  </AuthProvider>,
)
// #endregion
