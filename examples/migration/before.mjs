/**
 * The app before it moves: Express with the middleware that guides have one copy.
 *
 * Runs by itself: `JWT_SECRET=… node examples/migration/before.mjs`. Not an example to follow: the page
 * docs/migrate-from-jsonwebtoken.md says what is wrong with it.
 */

import { fileURLToPath } from 'node:url'
import express from 'express'
// #region middleware
import jwt from 'jsonwebtoken'

function authenticate(req, res, next) {
  const token = req.headers.authorization?.split(' ')[1] ?? req.query.token
  if (!token) return res.status(401).json({ message: 'No token provided' })
  try {
    req.user = jwt.verify(token, process.env.JWT_SECRET)
    next()
  } catch {
    res.status(403).json({ message: 'Invalid token' })
  }
}

function requireRole(role) {
  return (req, res, next) => {
    if (req.user.role !== role) return res.status(403).json({ message: 'Forbidden' })
    next()
  }
}
// #endregion

/** Signs tokens for whoever has signed in. */
// #region login
export function signToken({ id, role }) {
  return jwt.sign({ id, role }, process.env.JWT_SECRET, { expiresIn: '1h' })
}
// #endregion

/** Makes the app. */
export function createApp() {
  const app = express()
  // #region routes
  app.get('/notes', authenticate, (req, res) => {
    res.json({ notes: [], for: req.user.id })
  })
  app.delete('/notes/:id', authenticate, requireRole('admin'), (req, res) => {
    res.json({ deleted: req.params.id, by: req.user.id })
  })
  // #endregion
  return app
}

if (process.argv[1] === fileURLToPath(import.meta.url)) createApp().listen(3000)
