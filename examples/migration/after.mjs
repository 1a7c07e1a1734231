/**
 * The same app after it has moved to `warder/express`.
 *
 * Runs by itself: `JWT_SECRET=… node examples/migration/after.mjs`.
 */

import { fileURLToPath } from 'node:url'
import express from 'express'
import jsonwebtoken from 'jsonwebtoken'
// #region guard
import { expressGuard } from 'warder/express'
import { createGuard, jwt, roles } from 'warder/guard'

const guard = createGuard({
  resource: 'https://api.example.com/',
  accept: [
    jwt({
      issuer: 'notes-login',
      profile: 'jwt',
      keys: { secret: process.env.JWT_SECRET },
      claims: { subject: 'id', roles: 'role' },
    }),
  ],
})
// #endregion

/** Signs tokens for whoever has signed in. */
// #region login
export function signToken({ id, role }) {
  return jsonwebtoken.sign({ id, role, client_id: 'notes-app' }, process.env.JWT_SECRET, {
    algorithm: 'HS256',
    issuer: 'notes-login',
    audience: 'https://api.example.com/',
    expiresIn: '1h',
  })
}
// #endregion

/** Makes the app. */
export function createApp() {
  const app = express()
  // #region routes
  app.get(
    '/notes',
    expressGuard(guard, undefined, (req, res) => {
      res.json({ notes: [], for: req.principal.subject })
    }),
  )
  app.delete(
    '/notes/:id',
    expressGuard(guard, roles('admin'), (req, res) => {
      res.json({ deleted: req.params.id, by: req.principal.subject })
    }),
  )
  // #endregion
  return app
}

if (process.argv[1] === fileURLToPath(import.meta.url)) createApp().listen(3000)
