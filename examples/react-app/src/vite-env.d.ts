/** What the build is told, and that styles can be imported. */

/// <reference types="vite/client" />

interface ImportMetaEnv {
  readonly VITE_ISSUER: string
  readonly VITE_CLIENT_ID: string
  readonly VITE_API: string
}
