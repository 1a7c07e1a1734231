/**
 * Ends what a run has started and removes its folder when the run is over, however it ends: its end
 * closes our standard input, which not even SIGKILL can prevent.
 *
 * Lines come in: `+PID`, `-PID`, `folder PATH`, `mount PATH`. Usage: node warden.mjs
 */

import { spawn, spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const self = fileURLToPath(import.meta.url)

/** Starts a warden. @returns what it is told through. */
export function startWarden() {
  // Detached: a Ctrl-C at the terminal must not reach it before it has done its work.
  const child = spawn(process.execPath, [self], {
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
  })
  child.unref()
  child.stdin.on('error', () => {})
  child.stdin.unref()
  const tell = (line) => child.stdin.write(`${line}\n`)
  return {
    guard: (pid) => tell(`+${pid}`),
    release: (pid) => tell(`-${pid}`),
    folder: (path) => tell(`folder ${path}`),
    mount: (path) => tell(`mount ${path}`),
  }
}

function watch() {
  const guarded = new Set()
  const folders = []
  const mounts = []
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {})
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      if (line.startsWith('+')) guarded.add(Number(line.slice(1)))
      else if (line.startsWith('-')) guarded.delete(Number(line.slice(1)))
      else if (line.startsWith('mount ')) mounts.push(line.slice('mount '.length))
      else folders.push(line.slice('folder '.length))
    })
    .on('close', () => {
      for (const pid of guarded) {
        try {
          process.kill(pid, 'SIGKILL')
        } catch (error) {
          if (error.code !== 'ESRCH') throw error
        }
      }
      for (const mount of mounts) spawnSync('umount', ['--lazy', mount])
      for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    })
}

if (process.argv[1] === self) watch()
